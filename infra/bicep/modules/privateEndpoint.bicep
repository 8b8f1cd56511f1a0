// A private endpoint of one service, registered in that service's private DNS zone.

@description('Name of the endpoint.')
param name string
param location string
param tags object

@description('The subnet that it takes its address from.')
param subnetId string

@description('The resource that it leads to.')
param targetId string

@description('Which part of the resource: blob, vault, redisEnterprise, …')
param groupId string

@description('The private DNS zone that the resource is looked up in, and the resource group that has it.')
param dnsZoneName string
param dnsZoneGroupId string

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' existing = {
  name: dnsZoneName
  scope: resourceGroup(split(dnsZoneGroupId, '/')[2], split(dnsZoneGroupId, '/')[4])
}

resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    customNetworkInterfaceName: '${name}-nic'
    privateLinkServiceConnections: [
      {
        name: groupId
        properties: {
          privateLinkServiceId: targetId
          groupIds: [groupId]
        }
      }
    ]
  }

  resource dns 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: groupId
          properties: {
            privateDnsZoneId: zone.id
          }
        }
      ]
    }
  }
}
