// Azure Cache for Redis, for clouds and subscriptions that may still create it: TLS only, Microsoft Entra ID only.

@description('Name of the server.')
param name string
param location string
param tags object

@description('Tier and size: Standard C1 (1 GB), Standard C2 (2.5 GB), Premium P1 (6 GB), …')
param sku { name: 'Standard' | 'Premium', family: 'C' | 'P', capacity: int }

@description('Spreads the nodes over availability zones (Premium).')
param zoneRedundant bool

@description('Keeps the server from being deleted.')
param deleteLock bool

@description('The workspace for logs and metrics.')
param workspaceId string

resource server 'Microsoft.Cache/redis@2024-11-01' = {
  name: name
  location: location
  tags: tags
  zones: zoneRedundant ? ['1', '2', '3'] : null
  properties: {
    sku: sku
    redisVersion: '6'
    enableNonSslPort: false
    minimumTlsVersion: '1.2'
    publicNetworkAccess: 'Disabled'
    disableAccessKeyAuthentication: true
    redisConfiguration: {
      'aad-enabled': 'true'
      // Sessions, events and locks are no cache: a full server refuses writes, which is an outage that passes, and forgets nothing.
      'maxmemory-policy': 'noeviction'
    }
  }
}

// What the built-in Data Contributor may do, and INFO, which the health check reads.
resource policy 'Microsoft.Cache/redis/accessPolicies@2024-11-01' = {
  parent: server
  name: 'application'
  properties: {
    permissions: '+@all -@dangerous +info +cluster|info +cluster|nodes +cluster|slots allkeys'
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (deleteLock) {
  scope: server
  name: 'no-delete'
  properties: {
    level: 'CanNotDelete'
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: server
  name: 'logs'
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output id string = server.id
output accessPolicyName string = policy.name
