// Lets the app's identity use an Azure Cache for Redis that exists, and tells where it is.

@description('Name of the server.')
param name string

@description('Resource id of the app\'s identity.')
param appIdentityId string

@description('Its object id.')
param appPrincipalId string

resource server 'Microsoft.Cache/redis@2024-11-01' existing = {
  name: name
}

resource access 'Microsoft.Cache/redis/accessPolicyAssignments@2024-11-01' = {
  parent: server
  name: uniqueString(appIdentityId)
  properties: {
    accessPolicyName: 'Data Contributor'
    objectId: appPrincipalId
    objectIdAlias: appPrincipalId
  }
}

output endpoint string = '${server.properties.hostName}:${server.properties.sslPort}'
