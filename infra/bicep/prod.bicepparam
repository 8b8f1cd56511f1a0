using 'main.bicep'

// Survives the loss of an availability zone, and is closed to the internet: a gateway calls the API through its private endpoint,
// and deployments run inside the network.

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'prod')
param tags = { application: 'serverless-backend', stage: 'prod' }

param production = true
param deleteLocks = true

param planSku = 'EP2'
param minimumInstances = 3
param maximumInstances = 20
param apiAccess = 'private'
param trustedProxyHops = 2

param managedRedisSku = 'Balanced_B3'
param redisHighAvailability = true
param redisPersistence = true

param postgresSku = { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' }
param postgresStorageGB = 128
param postgresBackupDays = 35
param postgresGeoBackup = true

param zoneRedundant = true
param purgeProtection = true
param logRetentionDays = 90
param logDailyCapGB = 10

param alertEmails = empty(readEnvironmentVariable('ALERT_EMAIL', ''))
  ? []
  : [readEnvironmentVariable('ALERT_EMAIL', '')]

param deployerObjectId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param deployerName = readEnvironmentVariable('DEPLOYER_NAME', '')
param deployerType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'Group')

param release = readEnvironmentVariable('RELEASE', 'current')
param secretKey = readEnvironmentVariable('SECRET_KEY', '')
