// Everything that the function app needs, in one resource group: docs/deployment.md has the diagram and explains each parameter.
// Identities sign in everywhere; the only secret is the key that signs cookies, in Key Vault.

targetScope = 'resourceGroup'

// ---- Names and place ----

@description('Short name of the environment; part of every name.')
@minLength(2)
@maxLength(8)
param environmentName string

param location string = resourceGroup().location

@description('Tags of every resource, beside the environment\'s name.')
param tags object = {}

// ---- The function app ----

@description('Elastic Premium (EP1-EP3) or Dedicated (P0v3-P3v3). Redis triggers do not run on Consumption and Flex Consumption, so these plans cannot be chosen.')
@allowed(['EP1', 'EP2', 'EP3', 'P0v3', 'P1v3', 'P2v3', 'P3v3'])
param planSku string = 'EP1'

@description('Instances that are always running; 2 or more with zoneRedundant.')
@minValue(1)
param minimumInstances int = 1

@description('Instances at most (Elastic Premium).')
@minValue(1)
@maxValue(100)
param maximumInstances int = 10

@description('public: the API is reachable from the internet. private: through its private endpoint only, for a gateway in front.')
@allowed(['public', 'private'])
param apiAccess string = 'private'

@description('How many proxies in front of the app append to X-Forwarded-For: 1 for the front end of App Service, 2 with a gateway before it.')
@minValue(1)
@maxValue(10)
param trustedProxyHops int = 1

@description('The released package to run: name of a zip in the container "releases", without .zip. "current" is a copy of the last one.')
@minLength(1)
param release string = 'current'

@description('The key that signs cookies, at least 32 bytes. Needed once; empty leaves the one in Key Vault as it is.')
@secure()
param secretKey string = ''

@description('Further app settings, by the names of docs/configuration.md. No secrets: refer to Key Vault.')
param appSettings object = {}

// ---- Who deploys ----

@description('Object id of who uploads packages and runs migrations: a group, the pipeline\'s service principal or a user. Administrator of a new PostgreSQL server.')
param deployerObjectId string = ''

@description('Its name: display name of a group or service principal, user principal name of a user.')
param deployerName string = ''

@allowed(['User', 'Group', 'ServicePrincipal'])
param deployerType string = 'Group'

@description('Public IPv4 addresses from which packages are uploaded and migrations run. Empty, and storage and PostgreSQL are closed to the internet: deploy from inside the network.')
param deployerIpAddresses string[] = []

// ---- Redis ----

@description('managed: Azure Managed Redis. cacheForRedis: Azure Cache for Redis, where it may still be created. existing: the server of existingRedisId.')
@allowed(['managed', 'cacheForRedis', 'existing'])
param redisKind string = 'managed'

@description('Size of Azure Managed Redis.')
param managedRedisSku string = 'Balanced_B0'

@description('A replica that takes over.')
param redisHighAvailability bool = true

@description('Azure Managed Redis writes every second to disk.')
param redisPersistence bool = true

@description('How Azure Managed Redis shows its nodes to clients.')
@allowed(['OSSCluster', 'EnterpriseCluster'])
param redisClusteringPolicy string = 'OSSCluster'

@description('Tier and size of Azure Cache for Redis.')
param cacheForRedisSku { name: 'Standard' | 'Premium', family: 'C' | 'P', capacity: int } = {
  name: 'Standard'
  family: 'C'
  capacity: 1
}

@description('Resource id of a Microsoft.Cache/redisEnterprise or Microsoft.Cache/redis server to use (redisKind existing).')
param existingRedisId string = ''

// ---- PostgreSQL ----

@description('Major version of a new server.')
@allowed(['16', '17', '18'])
param postgresVersion string = '17'

@description('Compute of a new server.')
param postgresSku { name: string, tier: 'Burstable' | 'GeneralPurpose' | 'MemoryOptimized' } = {
  name: 'Standard_B1ms'
  tier: 'Burstable'
}

@description('Storage of a new server in GiB.')
@minValue(32)
param postgresStorageGB int = 32

@description('Days that backups are kept.')
@minValue(7)
@maxValue(35)
param postgresBackupDays int = 7

@description('Copies backups to the paired region. Only when the server is made.')
param postgresGeoBackup bool = false

@description('Resource id of a Microsoft.DBforPostgreSQL/flexibleServers server to use; empty makes one.')
param existingPostgresId string = ''

@description('The application\'s database; in an existing server it has to exist.')
param databaseName string = 'serverless'

// ---- Resilience, network, watching ----

@description('Spreads plan, storage, PostgreSQL and Azure Cache for Redis over availability zones. Azure Managed Redis does so by itself with redisHighAvailability.')
param zoneRedundant bool = false

@description('Keeps the deleted vault from being purged for 90 days; cannot be switched off again.')
param purgeProtection bool = true

@description('Address space of the virtual network, /24 or larger; must not overlap with networks it is peered with.')
param networkPrefix string = '10.70.0.0/24'

@description('Private endpoints also for servers that exist already. False where the virtual network reaches them otherwise.')
param connectExistingServers bool = true

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Percentage of requests answered with 5xx that raises an alert.')
@minValue(1)
@maxValue(100)
param serverErrorAlertPercentage int = 5

@description('Who gets alerts and news of the budget.')
param alertEmails string[] = []

@description('Budget per month in the currency of the billing account; 0 for none. Needs alertEmails and budgetStartDate.')
@minValue(0)
param monthlyBudget int = 0

@description('First month of the budget as yyyy-MM-01; cannot be changed later.')
param budgetStartDate string = ''

var allTags = union(tags, { environment: environmentName, 'azd-env-name': environmentName })
var unique = uniqueString(subscription().subscriptionId, resourceGroup().id, environmentName)
var name = 'serverless-${environmentName}'
var uniqueName = '${name}-${take(unique, 6)}'

// An id that is not given stands for a server of this name here, so that the expressions below can be evaluated.
var nowhere = '${resourceGroup().id}/providers/none/none/none'
var redisId = split(empty(existingRedisId) ? nowhere : existingRedisId, '/')
var postgresId = split(empty(existingPostgresId) ? nowhere : existingPostgresId, '/')
var existingRedisIsManaged = contains(toLower(existingRedisId), '/redisenterprise/')
var redisIsManaged = redisKind == 'managed' || (redisKind == 'existing' && existingRedisIsManaged)

var storageSuffix = environment().suffixes.storage
var zones = {
  blob: 'privatelink.blob.${storageSuffix}'
  queue: 'privatelink.queue.${storageSuffix}'
  table: 'privatelink.table.${storageSuffix}'
  vault: 'privatelink${replace(environment().suffixes.keyvaultDns, '.vault.', '.vaultcore.')}'
  redis: redisIsManaged ? 'privatelink.redis.azure.net' : 'privatelink.redis.cache.windows.net'
  postgres: 'privatelink.postgres.database.azure.com'
  sites: 'privatelink.azurewebsites.net'
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${name}-identity'
  location: location
  tags: allTags
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    name: name
    location: location
    tags: allTags
    retentionInDays: logRetentionDays
    alertEmails: alertEmails
    appIdentityId: identity.id
    appPrincipalId: identity.properties.principalId
  }
}

module network 'modules/network.bicep' = {
  params: {
    name: name
    location: location
    tags: allTags
    addressPrefix: networkPrefix
    dnsZones: concat(
      [zones.blob, zones.queue, zones.table, zones.vault, zones.redis, zones.postgres],
      apiAccess == 'private' ? [zones.sites] : []
    )
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    name: 'st${take(replace(environmentName, '-', ''), 8)}${unique}'
    location: location
    tags: allTags
    sku: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
    allowedIpAddresses: deployerIpAddresses
    appIdentityId: identity.id
    appPrincipalId: identity.properties.principalId
    deployerObjectId: deployerObjectId
    deployerType: deployerType
    workspaceId: monitoring.outputs.workspaceId
  }
}

module keyVault 'modules/keyVault.bicep' = {
  params: {
    name: 'kv-${environmentName}-${take(unique, 10)}'
    location: location
    tags: allTags
    purgeProtection: purgeProtection
    appIdentityId: identity.id
    appPrincipalId: identity.properties.principalId
    secretKey: secretKey
    workspaceId: monitoring.outputs.workspaceId
  }
}

module redisManaged 'modules/redisManaged.bicep' = if (redisKind == 'managed') {
  params: {
    name: '${uniqueName}-redis'
    location: location
    tags: allTags
    sku: managedRedisSku
    highAvailability: redisHighAvailability
    clusteringPolicy: redisClusteringPolicy
    persistence: redisPersistence
    principalIds: [identity.properties.principalId]
    workspaceId: monitoring.outputs.workspaceId
  }
}

module redisCache 'modules/redisCache.bicep' = if (redisKind == 'cacheForRedis') {
  params: {
    name: '${uniqueName}-cache'
    location: location
    tags: allTags
    sku: cacheForRedisSku
    zoneRedundant: zoneRedundant
    principalIds: [identity.properties.principalId]
    workspaceId: monitoring.outputs.workspaceId
  }
}

module redisManagedAccess 'modules/redisManagedAccess.bicep' = if (redisKind == 'existing' && existingRedisIsManaged) {
  scope: resourceGroup(redisId[2], redisId[4])
  params: {
    name: last(redisId)
    appIdentityId: identity.id
    appPrincipalId: identity.properties.principalId
  }
}

module redisCacheAccess 'modules/redisCacheAccess.bicep' = if (redisKind == 'existing' && !existingRedisIsManaged) {
  scope: resourceGroup(redisId[2], redisId[4])
  params: {
    name: last(redisId)
    appIdentityId: identity.id
    appPrincipalId: identity.properties.principalId
  }
}

module postgres 'modules/postgres.bicep' = if (empty(existingPostgresId)) {
  params: {
    name: '${uniqueName}-postgres'
    location: location
    tags: allTags
    version: postgresVersion
    sku: postgresSku
    storageSizeGB: postgresStorageGB
    zoneRedundant: zoneRedundant
    backupRetentionDays: postgresBackupDays
    geoRedundantBackup: postgresGeoBackup
    databaseName: databaseName
    administratorObjectId: deployerObjectId
    administratorName: deployerName
    administratorType: deployerType
    allowedIpAddresses: deployerIpAddresses
    workspaceId: monitoring.outputs.workspaceId
  }
}

module postgresExisting 'modules/postgresExisting.bicep' = if (!empty(existingPostgresId)) {
  scope: resourceGroup(postgresId[2], postgresId[4])
  params: {
    name: last(postgresId)
  }
}

var redisEndpoint = redisManaged.?outputs.endpoint ?? redisCache.?outputs.endpoint ?? redisManagedAccess.?outputs.endpoint ?? redisCacheAccess.?outputs.endpoint ?? ''
var ownRedisId = redisManaged.?outputs.id ?? redisCache.?outputs.id ?? ''
var ownPostgresId = postgres.?outputs.id ?? ''
var databaseHost = postgres.?outputs.host ?? postgresExisting.?outputs.host ?? ''

module endpoints 'modules/privateEndpoints.bicep' = {
  params: {
    location: location
    tags: allTags
    subnetId: network.outputs.endpointSubnetId
    endpoints: [
      { name: '${name}-blob-endpoint', targetId: storage.outputs.id, groupId: 'blob', dnsZoneName: zones.blob }
      { name: '${name}-queue-endpoint', targetId: storage.outputs.id, groupId: 'queue', dnsZoneName: zones.queue }
      { name: '${name}-table-endpoint', targetId: storage.outputs.id, groupId: 'table', dnsZoneName: zones.table }
      { name: '${name}-vault-endpoint', targetId: keyVault.outputs.id, groupId: 'vault', dnsZoneName: zones.vault }
      {
        name: '${name}-redis-endpoint'
        targetId: redisKind != 'existing' ? ownRedisId : connectExistingServers ? existingRedisId : ''
        groupId: redisIsManaged ? 'redisEnterprise' : 'redisCache'
        dnsZoneName: zones.redis
      }
      {
        name: '${name}-postgres-endpoint'
        targetId: empty(existingPostgresId) ? ownPostgresId : connectExistingServers ? existingPostgresId : ''
        groupId: 'postgresqlServer'
        dnsZoneName: zones.postgres
      }
    ]
  }
}

// The names are those that the Functions host and the application read: docs/configuration.md, docs/deployment.md.
var hostSettings = {
  FUNCTIONS_EXTENSION_VERSION: '~4'
  FUNCTIONS_WORKER_RUNTIME: 'dotnet-isolated'
  APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
  AzureWebJobsDisableHomepage: 'true'
  AzureWebJobsStorage__accountName: storage.outputs.name
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.properties.clientId
  AzureWebJobsStorage__blobServiceUri: storage.outputs.blobEndpoint
  AzureWebJobsStorage__queueServiceUri: storage.outputs.queueEndpoint
  AzureWebJobsStorage__tableServiceUri: storage.outputs.tableEndpoint
  WEBSITE_RUN_FROM_PACKAGE: '${storage.outputs.releasesUri}/${release}.zip'
  WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: identity.id
}
var applicationSettings = {
  Redis__redisHostName: redisEndpoint
  Redis__principalId: identity.properties.principalId
  Redis__clientId: identity.properties.clientId
  ConnectionStrings__Postgres: 'Host=${databaseHost};Database=${databaseName};Username=${identity.name};Ssl Mode=VerifyFull'
  Postgres__credential: 'managedidentity'
  Postgres__clientId: identity.properties.clientId
  SECRET_KEY: '@Microsoft.KeyVault(SecretUri=${keyVault.outputs.uri}secrets/SECRET-KEY)'
  Http__TrustedProxyHops: string(trustedProxyHops)
}

module functionApp 'modules/functionApp.bicep' = {
  params: {
    name: name
    appName: uniqueName
    location: location
    tags: allTags
    planSku: planSku
    minimumInstances: minimumInstances
    maximumInstances: maximumInstances
    zoneRedundant: zoneRedundant
    public: apiAccess == 'public'
    identityId: identity.id
    subnetId: network.outputs.appSubnetId
    appSettings: union(appSettings, hostSettings, applicationSettings)
    workspaceId: monitoring.outputs.workspaceId
  }
  dependsOn: [endpoints]
}

module apiEndpoint 'modules/privateEndpoint.bicep' = if (apiAccess == 'private') {
  params: {
    name: '${name}-api-endpoint'
    location: location
    tags: allTags
    subnetId: network.outputs.endpointSubnetId
    targetId: functionApp.outputs.id
    groupId: 'sites'
    dnsZoneName: zones.sites
  }
}

module alerts 'modules/alerts.bicep' = {
  params: {
    name: name
    location: location
    tags: allTags
    actionGroupId: monitoring.outputs.actionGroupId
    workspaceId: monitoring.outputs.workspaceId
    appId: functionApp.outputs.id
    redisId: redisKind == 'existing' ? existingRedisId : ownRedisId
    postgresId: empty(existingPostgresId) ? ownPostgresId : existingPostgresId
    serverErrorPercentage: serverErrorAlertPercentage
  }
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0) {
  params: {
    name: '${name}-budget'
    amount: monthlyBudget
    startDate: budgetStartDate
    emails: alertEmails
  }
}

@description('Name of the function app.')
output functionAppName string = functionApp.outputs.name

@description('Where the API answers, without /api.')
output apiAddress string = functionApp.outputs.address

@description('The account that packages are uploaded to, and the address of its container for them.')
output storageAccountName string = storage.outputs.name
output releasesUri string = storage.outputs.releasesUri

@description('The database that migrations are applied to.')
output postgresHost string = databaseHost
output postgresDatabase string = databaseName

@description('The app\'s role in PostgreSQL and the object id behind it, for the migration step.')
output identityName string = identity.name
output identityObjectId string = identity.properties.principalId
