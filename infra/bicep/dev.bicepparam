using 'main.bicep'

// A cheap environment to try things: no replicas, nothing that costs more than it has to. Data services are private all the same;
// DEPLOYER_IP opens storage and PostgreSQL to one address, for deployments from outside the network.

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param tags = { application: 'serverless-backend', stage: 'dev' }

param planSku = 'EP1'
param minimumInstances = 1
param maximumInstances = 3
param apiAccess = 'public'

param managedRedisSku = 'Balanced_B0'
param redisHighAvailability = false
param redisPersistence = false

param purgeProtection = false

param availabilityTestMinutes = 15

param deployerObjectId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param deployerName = readEnvironmentVariable('DEPLOYER_NAME', '')
param deployerType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')
param deployerIpAddresses = empty(readEnvironmentVariable('DEPLOYER_IP', ''))
  ? []
  : [readEnvironmentVariable('DEPLOYER_IP', '')]

param release = readEnvironmentVariable('RELEASE', 'current')
param secretKey = readEnvironmentVariable('SECRET_KEY', '')
