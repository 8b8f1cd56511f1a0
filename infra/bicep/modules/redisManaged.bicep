// Azure Managed Redis: TLS only, Microsoft Entra ID only.

@description('Name of the server.')
param name string
param location string
param tags object

@description('Size: Balanced_B0 (1 GB), Balanced_B3, MemoryOptimized_M10, …')
param sku string

@description('A replica that takes over; without it a failure loses the data.')
param highAvailability bool

@description('OSSCluster spreads clients over the nodes; EnterpriseCluster has one address for all of them.')
@allowed(['OSSCluster', 'EnterpriseCluster'])
param clusteringPolicy string

@description('Writes every second to disk, so that tasks outlive the loss of all nodes.')
param persistence bool

@description('Object ids of the identities that may use the data, the app\'s first.')
param principalIds string[]

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

// One after the other: the database takes one change at a time.
@batchSize(1)
resource access 'Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments@2025-07-01' = [
  for (principalId, i) in principalIds: {
    parent: server::database
    name: 'principal${i}'
    properties: {
      accessPolicyName: 'default'
      user: { objectId: principalId }
    }
  }
]

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: server
  name: 'logs'
  properties: {
    workspaceId: workspaceId
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output id string = server.id
output endpoint string = '${server.properties.hostName}:${port}'
