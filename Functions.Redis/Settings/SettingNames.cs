namespace Functions.Redis.Settings;

/// <summary>Names that a section of the settings may have. Several options may share a section.</summary>
internal sealed record SettingNames(string Section, IReadOnlyList<string> Names);
