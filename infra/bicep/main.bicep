// Everything that the function app needs, in one resource group: docs/deployment.md has the diagram and explains each parameter.
// Identities sign in everywhere; the only secret is the key that signs cookies, in Key Vault.

targetScope = 'resourceGroup'

// ---- Names and place ----

@description('Name of the environment, in any spelling that azd takes; part of every name.')
@minLength(1)
@maxLength(64)
param environmentName string

param location string = resourceGroup().location

@description('Tags of every resource, beside the environment\'s name.')
param tags object = {}

@description('Refuses what production must not lack: somebody who is told (alertEmails).')
param production bool = false

@description('Locks storage, vault, Redis and PostgreSQL against deletion. Who deploys needs the right to make locks (Owner).')
param deleteLocks bool = false

// ---- The function app ----

@description('Elastic Premium (EP1-EP3) or Dedicated (B1-B3, P0v3-P3v3). Redis triggers do not run on Consumption and Flex Consumption, so these plans cannot be chosen.')
@allowed(['EP1', 'EP2', 'EP3', 'B1', 'B2', 'B3', 'P0v3', 'P1v3', 'P2v3', 'P3v3'])
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

@description('Size of Azure Managed Redis: Balanced_B0 has 0.5 GB of memory, B1 1 GB, B3 3 GB, B5 6 GB.')
param managedRedisSku string = 'Balanced_B0'

@description('A replica that takes over.')
param redisHighAvailability bool = true

@description('Azure Managed Redis writes every second to disk.')
param redisPersistence bool = true

@description('How Azure Managed Redis shows its nodes to clients.')
@allowed(['OSSCluster', 'EnterpriseCluster'])
param redisClusteringPolicy string = 'OSSCluster'

@description('Tier and size of Azure Cache for Redis: Standard C1 has 1 GB of memory, Premium P1 6 GB.')
param cacheForRedisSku { name: 'Standard' | 'Premium', family: 'C' | 'P', capacity: int } = {
  name: 'Standard'
  family: 'C'
  capacity: 1
}

@description('Resource id of a Microsoft.Cache/redisEnterprise or Microsoft.Cache/redis server to use (redisKind existing).')
param existingRedisId string = ''

@description('The existing server is of the Enterprise tiers (Enterprise_*, EnterpriseFlash_*), whose private DNS zone is another.')
param existingRedisIsEnterprise bool = false

// ---- PostgreSQL ----

@description('Major version of a new server.')
@allowed(['16', '17', '18'])
param postgresVersion string = '17'

@description('Compute of a new server.')
param postgresSku { name: string, tier: 'Burstable' | 'GeneralPurpose' | 'MemoryOptimized' } = {
  name: 'Standard_B1ms'
  tier: 'Burstable'
}

@description('Storage of the server in GiB; it does not grow by itself. 0, for a server that exists, leaves its size and lets it grow.')
@allowed([0, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384])
param postgresStorageGB int = 32

@description('Days that backups are kept.')
@minValue(7)
@maxValue(35)
param postgresBackupDays int = 7

@description('Copies backups to the paired region. Only when the server is made.')
param postgresGeoBackup bool = false

@description('When the service updates a new server: day of the week (0 is Sunday) and hour (UTC).')
param postgresMaintenance { dayOfWeek: int, startHour: int } = { dayOfWeek: 0, startHour: 2 }

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

@description('Resource id of the resource group that has your central private DNS zones, linked to this network. Empty makes zones here.')
param dnsZonesResourceGroupId string = ''

@description('Private endpoints also for servers that exist already. False where the virtual network reaches them otherwise.')
param connectExistingServers bool = true

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('GB of logs a day at most; the rest of such a day is not kept. 0 for no cap.')
@minValue(0)
param logDailyCapGB int = 1

@description('Percentage of requests and traces that Application Insights keeps.')
@minValue(1)
@maxValue(100)
param telemetrySamplingPercentage int = 100

@description('Minutes between two requests of the availability test, from each of five places; 0 for none. For a public API.')
@allowed([0, 5, 10, 15])
param availabilityTestMinutes int = 5

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

// What Azure would refuse halfway, or nobody would miss before it is too late: each sentence ends the deployment before it has begun.
var elastic = startsWith(planSku, 'EP')
var instances = max(minimumInstances, elastic ? maximumInstances : 1)
var networkBits = parseCidr(networkPrefix).cidr
// Two addresses an instance (see network.bicep), and five that are Azure's.
var networkHolds = networkBits > 24 ? 0 : networkBits == 24 ? 61 : 125
var faults = filter(
  [
    production && empty(filter(alertEmails, email => !empty(email)))
      ? 'Production needs alertEmails: whom alerts are sent to.'
      : ''
    !production || minimumInstances > 1 ? '' : 'Production needs minimumInstances of 2 or more.'
    empty(existingPostgresId) && (empty(deployerObjectId) || empty(deployerName))
      ? 'A new PostgreSQL server needs deployerObjectId and deployerName: its administrator, who migrates the database.'
      : ''
    redisKind == 'existing' && empty(existingRedisId) ? 'redisKind existing needs existingRedisId.' : ''
    elastic && maximumInstances < minimumInstances ? 'maximumInstances is less than minimumInstances.' : ''
    instances > networkHolds
      ? 'networkPrefix ${networkPrefix} has addresses for ${networkHolds} instances, not ${instances}: take a larger one (/24 holds 61, /23 125).'
      : ''
    zoneRedundant && minimumInstances < 2 ? 'zoneRedundant needs minimumInstances of 2 or more.' : ''
    zoneRedundant && startsWith(planSku, 'B') ? 'zoneRedundant needs a plan that is not Basic.' : ''
    zoneRedundant && empty(existingPostgresId) && postgresSku.tier == 'Burstable'
      ? 'zoneRedundant needs a postgresSku that is not Burstable.'
      : ''
    monthlyBudget > 0 && (empty(alertEmails) || empty(budgetStartDate))
      ? 'monthlyBudget needs alertEmails and budgetStartDate.'
      : ''
  ],
  fault => !empty(fault)
)
var allTags = empty(faults)
  ? union(tags, { environment: environmentName, 'azd-env-name': environmentName })
  : fail(join(faults, ' '))

// Names of resources have letters and digits, few of them, and no capitals; azd's names of environments have more. What is not such a name
// already is shortened, and tells itself from others by a hash of the whole.
var cleaned = reduce(['-', '_', '.', '(', ')'], toLower(environmentName), (text, sign) => replace(text, sign, ''))
var letters = empty(cleaned) ? 'env' : take(cleaned, 8)
var short = letters == environmentName ? letters : '${letters}${take(uniqueString(environmentName), 4)}'
var unique = uniqueString(subscription().subscriptionId, resourceGroup().id, environmentName)
var name = 'serverless-${short}'
var uniqueName = '${name}-${take(unique, 6)}'

// An id that is not given stands for a server of this name here, so that the expressions below can be evaluated.
var nowhere = '${resourceGroup().id}/providers/none/none/none'
var redisId = split(empty(existingRedisId) ? nowhere : existingRedisId, '/')
var postgresId = split(empty(existingPostgresId) ? nowhere : existingPostgresId, '/')
var existingRedisIsManaged = contains(toLower(existingRedisId), '/redisenterprise/')
var redisIsManaged = redisKind == 'managed' || (redisKind == 'existing' && existingRedisIsManaged)
var redisName = redisKind == 'existing'
  ? last(redisId)
  : redisKind == 'managed' ? '${uniqueName}-redis' : '${uniqueName}-cache'

var storageSuffix = environment().suffixes.storage
var dnsZoneGroupId = empty(dnsZonesResourceGroupId) ? resourceGroup().id : dnsZonesResourceGroupId
var zones = {
  blob: 'privatelink.blob.${storageSuffix}'
  queue: 'privatelink.queue.${storageSuffix}'
  table: 'privatelink.table.${storageSuffix}'
  vault: 'privatelink${replace(environment().suffixes.keyvaultDns, '.vault.', '.vaultcore.')}'
  redis: redisIsManaged
    ? (redisKind == 'existing' && existingRedisIsEnterprise
        ? 'privatelink.redisenterprise.cache.azure.net'
        : 'privatelink.redis.azure.net')
    : 'privatelink.redis.cache.windows.net'
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
    dailyCapGB: logDailyCapGB
    samplingPercentage: telemetrySamplingPercentage
    alertEmails: alertEmails
  }
}

module network 'modules/network.bicep' = {
  params: {
    name: name
    location: location
    tags: allTags
    addressPrefix: networkPrefix
    dnsZones: empty(dnsZonesResourceGroupId)
      ? concat(
          [zones.blob, zones.queue, zones.table, zones.vault, zones.redis, zones.postgres],
          apiAccess == 'private' ? [zones.sites] : []
        )
      : []
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    name: 'st${letters}${unique}'
    location: location
    tags: allTags
    sku: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
    deleteLock: deleteLocks
    workspaceId: monitoring.outputs.workspaceId
  }
}

// An account of its own: what the app runs, it must not be able to change.
var releasesContainer = 'releases'
module packages 'modules/storage.bicep' = {
  params: {
    name: 'pk${letters}${unique}'
    location: location
    tags: allTags
    sku: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
    containers: [releasesContainer]
    allowedIpAddresses: deployerIpAddresses
    deleteLock: deleteLocks
    workspaceId: monitoring.outputs.workspaceId
  }
}
var releasesUri = '${packages.outputs.blobEndpoint}${releasesContainer}'

module keyVault 'modules/keyVault.bicep' = {
  params: {
    name: 'kv-${letters}-${take(unique, 10)}'
    location: location
    tags: allTags
    purgeProtection: purgeProtection
    secretKey: secretKey
    deleteLock: deleteLocks
    workspaceId: monitoring.outputs.workspaceId
  }
}

module access 'modules/access.bicep' = {
  params: {
    storageAccountName: storage.outputs.name
    packagesAccountName: packages.outputs.name
    vaultName: keyVault.outputs.name
    insightsName: monitoring.outputs.insightsName
    appPrincipalId: identity.properties.principalId
    deployerObjectId: deployerObjectId
    deployerType: deployerType
  }
}

module redisManaged 'modules/redisManaged.bicep' = if (redisKind == 'managed') {
  params: {
    name: redisName
    location: location
    tags: allTags
    sku: managedRedisSku
    highAvailability: redisHighAvailability
    clusteringPolicy: redisClusteringPolicy
    persistence: redisPersistence
    deleteLock: deleteLocks
    workspaceId: monitoring.outputs.workspaceId
  }
}

module redisCache 'modules/redisCache.bicep' = if (redisKind == 'cacheForRedis') {
  params: {
    name: redisName
    location: location
    tags: allTags
    sku: cacheForRedisSku
    zoneRedundant: zoneRedundant
    deleteLock: deleteLocks
    workspaceId: monitoring.outputs.workspaceId
  }
}

module redisManagedAccess 'modules/redisManagedAccess.bicep' = if (redisIsManaged) {
  scope: resourceGroup(redisId[2], redisId[4])
  params: {
    name: redisName
    appPrincipalId: identity.properties.principalId
  }
  dependsOn: [redisManaged]
}

module redisCacheAccess 'modules/redisCacheAccess.bicep' = if (!redisIsManaged) {
  scope: resourceGroup(redisId[2], redisId[4])
  params: {
    name: redisName
    appPrincipalId: identity.properties.principalId
    accessPolicyName: redisCache.?outputs.accessPolicyName ?? 'Data Contributor'
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
    maintenance: postgresMaintenance
    deleteLock: deleteLocks
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

var redisEndpoint = redisManagedAccess.?outputs.endpoint ?? redisCacheAccess.?outputs.endpoint ?? ''
var ownRedisId = redisManaged.?outputs.id ?? redisCache.?outputs.id ?? ''
var ownPostgresId = postgres.?outputs.id ?? ''
var databaseHost = postgres.?outputs.host ?? postgresExisting.?outputs.host ?? ''

module endpoints 'modules/privateEndpoints.bicep' = {
  params: {
    location: location
    tags: allTags
    subnetId: network.outputs.endpointSubnetId
    dnsZoneGroupId: dnsZoneGroupId
    endpoints: [
      { name: '${name}-blob-endpoint', targetId: storage.outputs.id, groupId: 'blob', dnsZoneName: zones.blob }
      { name: '${name}-queue-endpoint', targetId: storage.outputs.id, groupId: 'queue', dnsZoneName: zones.queue }
      { name: '${name}-table-endpoint', targetId: storage.outputs.id, groupId: 'table', dnsZoneName: zones.table }
      { name: '${name}-packages-endpoint', targetId: packages.outputs.id, groupId: 'blob', dnsZoneName: zones.blob }
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
  WEBSITE_RUN_FROM_PACKAGE: '${releasesUri}/${release}.zip'
  WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: identity.id
}
var applicationSettings = {
  Redis__redisHostName: redisEndpoint
  Redis__principalId: identity.properties.principalId
  Redis__clientId: identity.properties.clientId
  Redis__credential: 'managedidentity'
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
  dependsOn: [access, endpoints]
}

module apiEndpoint 'modules/privateEndpoint.bicep' = if (apiAccess == 'private') {
  params: {
    name: '${name}-api-endpoint'
    location: location
    tags: allTags
    subnetId: network.outputs.endpointSubnetId
    dnsZoneGroupId: dnsZoneGroupId
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
    insightsId: monitoring.outputs.insightsId
    appId: functionApp.outputs.id
    apiAddress: functionApp.outputs.address
    availabilityTestMinutes: apiAccess == 'public' ? availabilityTestMinutes : 0
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

// azd keeps outputs as variables of its environment, infra/release.sh reads them of the deployment: in capitals, as azd has them.

output AZURE_RESOURCE_GROUP string = resourceGroup().name
output AZURE_LOCATION string = location

@description('Name of the function app.')
output FUNCTION_APP_NAME string = functionApp.outputs.name

@description('Where the API answers, without /api.')
output API_ADDRESS string = functionApp.outputs.address

@description('The account that packages are uploaded to, and the address of its container for them.')
output PACKAGES_ACCOUNT_NAME string = packages.outputs.name
output PACKAGES_ADDRESS string = releasesUri

@description('The database that migrations are applied to.')
output POSTGRES_HOST string = databaseHost
output POSTGRES_DATABASE string = databaseName

@description('The app\'s role in PostgreSQL and the object id behind it, for the migration step.')
output IDENTITY_NAME string = identity.name
output IDENTITY_OBJECT_ID string = identity.properties.principalId

@description('The vault of the key that signs cookies.')
output KEY_VAULT_NAME string = keyVault.outputs.name
