// What somebody has to hear of.

@description('Prefix of the names.')
param name string
param location string
param tags object

@description('Who is told.')
param actionGroupId string

@description('The workspace that the app\'s telemetry and metrics are in.')
param workspaceId string

@description('The function app.')
param appId string

@description('The Redis server; empty for none.')
param redisId string

@description('The PostgreSQL server; empty for none.')
param postgresId string

@description('Percentage of requests answered with 5xx that is too much.')
param serverErrorPercentage int

var queries = [
  {
    name: 'server-errors'
    description: 'More than ${serverErrorPercentage} % of the requests of 15 minutes were answered with 5xx.'
    severity: 1
    // From the platform's metrics: the host logs failed requests only, so its log has no rate.
    query: join(
      [
        'AzureMetrics'
        '| where _ResourceId =~ "${appId}" and MetricName in ("Requests", "Http5xx")'
        '| summarize Requests = sumif(Total, MetricName == "Requests"), Failed = sumif(Total, MetricName == "Http5xx")'
        '| where Requests >= 20'
        '| project Value = 100.0 * Failed / Requests'
      ],
      '\n'
    )
    threshold: serverErrorPercentage
  }
  {
    name: 'dead-tasks'
    description: 'Tasks have failed for good: see the list of dead tasks.'
    severity: 2
    query: join(
      [
        'AppMetrics'
        '| where Name == "tasks.dead"'
        '| summarize Value = max(Max)'
      ],
      '\n'
    )
    threshold: 0
  }
]

resource logAlerts 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for query in queries: {
    name: '${name}-${query.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${name}: ${query.name}'
      description: query.description
      severity: query.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      skipQueryValidation: true // The tables come into being with the first data.
      criteria: {
        allOf: [
          {
            query: query.query
            metricMeasureColumn: 'Value'
            timeAggregation: 'Maximum'
            operator: 'GreaterThan'
            threshold: query.threshold
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: [actionGroupId]
      }
    }
  }
]

var resources = [
  {
    name: 'redis-memory'
    description: 'Redis uses more than 80 % of its memory; soon it refuses writes.'
    targetId: redisId
    metric: 'usedmemorypercentage'
    threshold: 80
    aggregation: 'Maximum'
  }
  {
    name: 'postgres-storage'
    description: 'PostgreSQL has filled more than 80 % of its storage.'
    targetId: postgresId
    metric: 'storage_percent'
    threshold: 80
    aggregation: 'Average'
  }
]

resource metricAlerts 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for alert in resources: if (!empty(alert.targetId)) {
    name: '${name}-${alert.name}'
    location: 'global'
    tags: tags
    properties: {
      description: alert.description
      severity: 2
      enabled: true
      scopes: [alert.targetId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: alert.name
            metricName: alert.metric
            timeAggregation: alert.aggregation
            operator: 'GreaterThan'
            threshold: alert.threshold
          }
        ]
      }
      actions: [{ actionGroupId: actionGroupId }]
    }
  }
]
