// The plan and the function app.

@description('Prefix of the names; the app itself is called by appName.')
param name string

@description('Name of the app, unique in Azure: its address is <appName>.azurewebsites.net.')
param appName string
param location string
param tags object

@description('Elastic Premium, or Dedicated: Basic and Premium v3.')
param planSku string

@description('Instances that are always running.')
param minimumInstances int

@description('Instances at most.')
param maximumInstances int

@description('Spreads the instances over availability zones.')
param zoneRedundant bool

@description('Reachable from the internet, rather than through a private endpoint only.')
param public bool

@description('Resource id of the app\'s identity.')
param identityId string

@description('The subnet that the app sends its traffic through.')
param subnetId string

@description('The app settings.')
param appSettings object

@description('The workspace for logs and metrics.')
param workspaceId string

var elastic = startsWith(planSku, 'EP')

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: '${name}-plan'
  location: location
  tags: tags
  kind: elastic ? 'elastic' : 'linux'
  sku: {
    name: planSku
    tier: elastic
      ? 'ElasticPremium'
      : startsWith(planSku, 'B') ? 'Basic' : planSku == 'P0v3' ? 'Premium0V3' : 'PremiumV3'
    capacity: minimumInstances
  }
  properties: {
    reserved: true // Linux
    maximumElasticWorkerCount: elastic ? maximumInstances : null
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: appName
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    reserved: true
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: public ? 'Enabled' : 'Disabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: subnetId
    outboundVnetRouting: {
      allTraffic: true // Also what the platform fetches: the package, secrets.
    }
    siteConfig: {
      linuxFxVersion: 'DOTNET-ISOLATED|10.0'
      alwaysOn: !elastic
      minimumElasticInstanceCount: elastic ? minimumInstances : null
      functionAppScaleLimit: elastic ? maximumInstances : null
      preWarmedInstanceCount: elastic ? 1 : null
      // The platform asks the Redis extension how long its lists are; without this, Redis triggers never add an instance.
      functionsRuntimeScaleMonitoringEnabled: elastic
      healthCheckPath: '/api/health/live'
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      remoteDebuggingEnabled: false
      scmIpSecurityRestrictionsDefaultAction: 'Deny' // Packages come from Blob storage, nothing from the deployment site.
      use32BitWorkerProcess: false
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: appSettings
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: app
  name: 'logs'
  properties: {
    workspaceId: workspaceId // No logs: host and worker write them to Application Insights, which is in the same workspace.
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output id string = app.id
output name string = app.name
output address string = 'https://${app.properties.defaultHostName}'
