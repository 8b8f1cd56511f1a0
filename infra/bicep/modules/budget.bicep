// A monthly budget for the resource group.

@description('Name of the budget.')
param name string

@description('Amount per month in the currency of the billing account.')
param amount int

@description('First day of the first month, as yyyy-MM-01; cannot be changed later.')
param startDate string

@description('Who is told at 80 % spent and at 100 % forecast.')
param emails string[]

resource budget 'Microsoft.Consumption/budgets@2026-06-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: startDate }
    notifications: {
      spent: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: emails
      }
      forecast: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: emails
      }
    }
  }
}
