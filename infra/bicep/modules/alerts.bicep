// What somebody has to hear of.

@description('Prefix of the names.')
param name string
param location string
param tags object

@description('Who is told.')
param actionGroupId string

@description('The workspace that the app\'s telemetry and metrics are in.')
param workspaceId string

@description('Application Insights, whose the availability test is.')
param insightsId string

@description('The function app.')
param appId string

@description('Where the API answers, without /api.')
param apiAddress string

@description('Minutes between two requests of the availability test from each place: 5, 10 or 15; 0 for no test.')
param availabilityTestMinutes int

@description('The Redis server; empty for none.')
param redisId string

@description('The PostgreSQL server; empty for none.')
param postgresId string

@description('Percentage of requests answered with 5xx that is too much.')
param serverErrorPercentage int

var queries = [
  {
    name: 'server-errors'
    description: 'More than ${serverErrorPercentage} % of the requests of 15 minutes, and two at least, were answered with 5xx.'
    severity: 1
    // From the platform's metrics: the host logs failed requests only, so its log has no rate.
    query: join(
      [
        'AzureMetrics'
        '| where _ResourceId =~ "${appId}" and MetricName in ("Requests", "Http5xx")'
        '| summarize Requests = sumif(Total, MetricName == "Requests"), Failed = sumif(Total, MetricName == "Http5xx")'
        '| where Failed >= 2' // A share of all requests means nothing where there are few: two failures, however little the traffic.
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
  {
    name: 'log-cap'
    description: 'The daily cap of logs is reached: until tomorrow nothing is logged, and the alerts on logs are blind.'
    severity: 2
    query: join(
      [
        '_LogOperation'
        '| where Category =~ "Ingestion" and Detail has "OverQuota"'
        '| summarize Value = count()'
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
    name: 'app-health'
    description: 'The instances have not answered a fifth of the health probes of 15 minutes. The platform asks, so no traffic is needed.'
    targetId: appId
    metric: 'HealthCheckStatus'
    operator: 'LessThan'
    threshold: 80
    aggregation: 'Average'
  }
  {
    name: 'redis-memory'
    description: 'Redis uses more than 80 % of its memory; soon it refuses writes.'
    targetId: redisId
    metric: 'usedmemorypercentage'
    operator: 'GreaterThan'
    threshold: 80
    aggregation: 'Maximum'
  }
  {
    name: 'postgres-storage'
    description: 'PostgreSQL has filled more than 80 % of its storage.'
    targetId: postgresId
    metric: 'storage_percent'
    operator: 'GreaterThan'
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
            operator: alert.operator
            threshold: alert.threshold
          }
        ]
      }
      actions: [{ actionGroupId: actionGroupId }]
    }
  }
]

// From outside, with the certificate: what the platform's own probes do not see. It can reach a public API only.
var tested = availabilityTestMinutes > 0

resource availability 'Microsoft.Insights/webtests@2022-06-15' = if (tested) {
  name: '${name}-availability'
  location: location
  tags: union(tags, { 'hidden-link:${insightsId}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: '${name}-availability'
    Name: '${name}-availability'
    Kind: 'standard'
    Enabled: true
    Frequency: availabilityTestMinutes * 60
    Timeout: 30
    RetryEnabled: true
    Locations: [
      { Id: 'emea-nl-ams-azr' }
      { Id: 'emea-gb-db3-azr' }
      { Id: 'us-va-ash-azr' }
      { Id: 'us-ca-sjc-azr' }
      { Id: 'apac-sg-sin-azr' }
    ]
    Request: {
      RequestUrl: '${apiAddress}/api/health'
      HttpVerb: 'GET'
      ParseDependentRequests: false
      FollowRedirects: false
    }
    ValidationRules: {
      ExpectedHttpStatusCode: 200
      SSLCheck: true
      SSLCertRemainingLifetimeCheck: 7
    }
  }
}

resource unavailable 'Microsoft.Insights/metricAlerts@2026-01-01' = if (tested) {
  name: '${name}-api-availability'
  location: 'global'
  tags: tags
  properties: {
    description: 'The API does not answer, or is unhealthy, as seen from two places.'
    severity: 1
    enabled: true
    scopes: [availability.id, insightsId]
    evaluationFrequency: 'PT5M'
    windowSize: availabilityTestMinutes == 5 ? 'PT15M' : 'PT30M' // Two requests of each place.
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: availability.id
      componentId: insightsId
      failedLocationCount: 2
    }
    actions: [{ actionGroupId: actionGroupId }]
  }
}
