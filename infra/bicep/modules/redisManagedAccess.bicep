// Lets the app's identity use an Azure Managed Redis, and tells where it is.

@description('Name of the server.')
param name string

@description('Object id of the app\'s identity.')
param appPrincipalId string

resource server 'Microsoft.Cache/redisEnterprise@2025-07-01' existing = {
  name: name

  resource database 'databases' existing = {
    name: 'default'
  }
}

resource access 'Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments@2025-07-01' = {
  parent: server::database
  name: uniqueString(appPrincipalId) // As in access.bicep: an assignment cannot change whom it is for.
  properties: {
    accessPolicyName: 'default'
    user: { objectId: appPrincipalId }
  }
}

output endpoint string = '${server.properties.hostName}:${server::database.properties.port}'
