// Lets the app's identity use an Azure Cache for Redis, and tells where it is.

@description('Name of the server.')
param name string

@description('Object id of the app\'s identity.')
param appPrincipalId string

@description('What it may do: the built-in "Data Contributor", or a policy of the server.')
param accessPolicyName string

resource server 'Microsoft.Cache/redis@2024-11-01' existing = {
  name: name
}

resource access 'Microsoft.Cache/redis/accessPolicyAssignments@2024-11-01' = {
  parent: server
  name: uniqueString(appPrincipalId) // As in access.bicep: an assignment cannot change whom it is for.
  properties: {
    accessPolicyName: accessPolicyName
    objectId: appPrincipalId
    objectIdAlias: appPrincipalId
  }
}

output endpoint string = '${server.properties.hostName}:${server.properties.sslPort}'
