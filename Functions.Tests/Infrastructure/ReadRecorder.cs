using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace Functions.Tests.Infrastructure;

/// <summary>Settings that know which of them were read.</summary>
internal sealed class ReadRecorder(IReadOnlyDictionary<string, string> settings) : IConfigurationSource
{
    private readonly ConcurrentDictionary<string, bool> _read = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the setting, by its name with <c>__</c>, was read.</summary>
    public bool Contains(string name) => _read.ContainsKey(name.Replace("__", ":", StringComparison.Ordinal));

    public IConfigurationProvider Build(IConfigurationBuilder builder) => new Provider(settings, _read);

    private sealed class Provider(IReadOnlyDictionary<string, string> settings, ConcurrentDictionary<string, bool> read)
        : MemoryConfigurationProvider(new MemoryConfigurationSource
        {
            InitialData = settings.Select(setting => new KeyValuePair<string, string?>(setting.Key.Replace("__", ":", StringComparison.Ordinal), setting.Value)),
        })
    {
        public override bool TryGet(string key, out string? value)
        {
            var found = base.TryGet(key, out value);
            if (found)
            {
                read[key] = true;
            }

            return found;
        }
    }
}
