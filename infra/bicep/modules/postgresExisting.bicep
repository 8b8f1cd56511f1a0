// Tells where a PostgreSQL Flexible Server is that exists. The app's role is made in it by the migration step, as in a new one.

@description('Name of the server.')
param name string

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' existing = {
  name: name
}

output host string = server.properties.fullyQualifiedDomainName
