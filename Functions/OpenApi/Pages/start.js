// Shows openapi.json. Whatever would talk to another host is off: fonts, telemetry, the vendor's proxy, assistant and editor.
Scalar.createApiReference('#api', {
  url: new URL('openapi.json', location.href).href,
  theme: 'default',
  withDefaultFonts: false,
  telemetry: false,
  proxyUrl: '',
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: 'never',
  hideClientButton: true,
  documentDownloadType: 'direct',
  persistAuth: false,
  defaultOpenFirstTag: true,
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
});
