// Azure Managed Redis: TLS only, Microsoft Entra ID only.

@description('Name of the server.')
param name string
param location string
param tags object

@description('Size: Balanced_B0 (0.5 GB of memory), Balanced_B1 (1 GB), Balanced_B3 (3 GB), Balanced_B5 (6 GB), MemoryOptimized_M10 (12 GB), …')
param sku string

@description('A replica that takes over; without it a failure loses the data.')
param highAvailability bool

@description('OSSCluster spreads clients over the nodes; EnterpriseCluster has one address for all of them.')
@allowed(['OSSCluster', 'EnterpriseCluster'])
param clusteringPolicy string

@description('Writes every second to disk, so that tasks outlive the loss of all nodes.')
param persistence bool

@description('Keeps the server from being deleted.')
param deleteLock bool

@description('The workspace for logs and metrics.')
param workspaceId string

var port = 10000

resource server 'Microsoft.Cache/redisEnterprise@2025-07-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku }
  properties: {
    minimumTlsVersion: '1.2'
    highAvailability: highAvailability ? 'Enabled' : 'Disabled'
    publicNetworkAccess: 'Disabled'
  }

  resource database 'databases' = {
    name: 'default'
    properties: {
      clientProtocol: 'Encrypted'
      port: port
      clusteringPolicy: clusteringPolicy
      // Sessions, events and locks are no cache: a full server refuses writes, which is an outage that passes, and forgets nothing.
      evictionPolicy: 'NoEviction'
      accessKeysAuthentication: 'Disabled'
      persistence: persistence
        ? { aofEnabled: true, aofFrequency: '1s', rdbEnabled: false }
        : { aofEnabled: false, rdbEnabled: false }
    }
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
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output id string = server.id
