// PostgreSQL Flexible Server: TLS only, Microsoft Entra ID only.

@description('Name of the server.')
param name string
param location string
param tags object

@description('Major version.')
@allowed(['16', '17', '18'])
param version string

@description('Compute: Standard_B1ms (Burstable), Standard_D2ds_v5 (GeneralPurpose), …')
param sku { name: string, tier: 'Burstable' | 'GeneralPurpose' | 'MemoryOptimized' }

@description('Storage in GiB. 0 leaves the size of a server that exists, and lets it grow by itself.')
param storageSizeGB int

@description('A standby in another zone that takes over; not with Burstable.')
param zoneRedundant bool

@description('Days that backups are kept.')
@minValue(7)
@maxValue(35)
param backupRetentionDays int

@description('Copies backups to the paired region; can be chosen only when the server is made.')
param geoRedundantBackup bool

@description('The application\'s database.')
param databaseName string

@description('When the service updates the server: day of the week (0 is Sunday) and hour (UTC).')
param maintenance { dayOfWeek: int, startHour: int }

@description('Object id of the administrator, who runs the migrations.')
param administratorObjectId string

@description('Its name, with which it signs in.')
param administratorName string

@allowed(['User', 'Group', 'ServicePrincipal'])
param administratorType string

@description('Addresses that may reach the server from the internet, to run migrations; none closes it to the internet.')
param allowedIpAddresses string[]

@description('Keeps the server from being deleted.')
param deleteLock bool

@description('The workspace for logs and metrics.')
param workspaceId string

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: sku
  properties: {
    version: version
    createMode: 'Default'
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: 'Disabled'
      tenantId: tenant().tenantId
    }
    // Not both: a server that has grown cannot be deployed again with the size that it began with (DowngradeDiskSizeUnsupported).
    storage: storageSizeGB == 0 ? { autoGrow: 'Enabled' } : { storageSizeGB: storageSizeGB, autoGrow: 'Disabled' }
    backup: {
      backupRetentionDays: backupRetentionDays
      geoRedundantBackup: geoRedundantBackup ? 'Enabled' : 'Disabled'
    }
    highAvailability: {
      mode: zoneRedundant ? 'ZoneRedundant' : 'Disabled'
    }
    maintenanceWindow: {
      customWindow: 'Enabled'
      dayOfWeek: maintenance.dayOfWeek
      startHour: maintenance.startHour
      startMinute: 0
    }
    network: {
      publicNetworkAccess: empty(allowedIpAddresses) ? 'Disabled' : 'Enabled'
    }
  }
}

// The server takes one change at a time: administrator, database, TLS, extensions, addresses. The administrator is first: a database that is
// made while there is none belongs to nobody who could migrate it.
resource administrator 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = {
  parent: server
  name: administratorObjectId
  properties: {
    principalName: administratorName
    principalType: administratorType
    tenantId: tenant().tenantId
  }
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2025-08-01' = {
  parent: server
  name: databaseName
  properties: {
    charset: 'UTF8'
    collation: 'en_US.utf8'
  }
  dependsOn: [administrator]
}

resource secureTransport 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2025-08-01' = {
  parent: server
  name: 'require_secure_transport'
  properties: {
    value: 'ON'
    source: 'user-override'
  }
  dependsOn: [database]
}

resource minimumTls 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2025-08-01' = {
  parent: server
  name: 'ssl_min_protocol_version'
  properties: {
    value: 'TLSv1.2'
    source: 'user-override'
  }
  dependsOn: [secureTransport]
}

// The migrations create them, for the search.
resource extensions 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2025-08-01' = {
  parent: server
  name: 'azure.extensions'
  properties: {
    value: 'PG_TRGM,UNACCENT'
    source: 'user-override'
  }
  dependsOn: [minimumTls]
}

@batchSize(1)
resource allowedAddresses 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2025-08-01' = [
  for (address, i) in allowedIpAddresses: {
    parent: server
    name: 'allowed${i}'
    properties: {
      startIpAddress: address
      endIpAddress: address
    }
    dependsOn: [extensions]
  }
]

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
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output id string = server.id
output host string = server.properties.fullyQualifiedDomainName
