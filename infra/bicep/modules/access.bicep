// Who may do what with the data: every role in one place. Redis and PostgreSQL have rights of their own (redis…Access, role.sql).
//
// An assignment cannot change whom it is for. So its name has the object id in it, and an identity that was made anew gets new ones. A
// deployment learns that id only while it runs, and what-if cannot look into a module that is named by it: nothing else is in this one.

@description('The account that the application writes.')
param storageAccountName string

@description('The account of the released packages.')
param packagesAccountName string

@description('The vault.')
param vaultName string

@description('Application Insights.')
param insightsName string

@description('Object id of the app\'s identity.')
param appPrincipalId string

@description('Object id of who uploads packages; empty for nobody.')
param deployerObjectId string

@allowed(['User', 'Group', 'ServicePrincipal'])
param deployerType string

var roles = {
  // What the Functions host needs for its own containers; the application's files are in the same account.
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  'Storage Blob Data Reader': '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  // The host writes diagnostic events into a table.
  'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  'Key Vault Secrets User': '4633458b-17de-408a-b874-0445c86b69e6'
  'Monitoring Metrics Publisher': '3913510d-42f4-4e42-8a64-420c390055eb'
}

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageAccountName
}

resource packages 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: packagesAccountName
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource appWrites 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for roleId in [roles['Storage Blob Data Owner'], roles['Storage Table Data Contributor']]: {
    scope: storage
    name: guid(storage.id, appPrincipalId, roleId)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource appReadsPackages 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: packages
  name: guid(packages.id, appPrincipalId, roles['Storage Blob Data Reader'])
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roles['Storage Blob Data Reader']
    )
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource appReadsSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, appPrincipalId, roles['Key Vault Secrets User'])
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Key Vault Secrets User'])
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource appWritesTelemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, appPrincipalId, roles['Monitoring Metrics Publisher'])
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roles['Monitoring Metrics Publisher']
    )
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource deployerUploads 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerObjectId)) {
  scope: packages
  name: guid(packages.id, deployerObjectId, roles['Storage Blob Data Contributor'])
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roles['Storage Blob Data Contributor']
    )
    principalId: deployerObjectId
    principalType: deployerType
  }
}
