// The private endpoints of a list of resources.

param location string
param tags object

@description('The subnet that they take their addresses from.')
param subnetId string

@description('The resource group that has the private DNS zones.')
param dnsZoneGroupId string

@description('Each one\'s name, the resource it leads to (empty for none), the part of the resource, and the private DNS zone.')
param endpoints { name: string, targetId: string, groupId: string, dnsZoneName: string }[]

// One after the other: a storage account takes one change at a time, and refuses a second endpoint while it makes the first.
@batchSize(1)
module endpoint 'privateEndpoint.bicep' = [
  for item in endpoints: if (!empty(item.targetId)) {
    params: {
      name: item.name
      location: location
      tags: tags
      subnetId: subnetId
      targetId: item.targetId
      groupId: item.groupId
      dnsZoneName: item.dnsZoneName
      dnsZoneGroupId: dnsZoneGroupId
    }
  }
]
