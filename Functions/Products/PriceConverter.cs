using System.Text.Json;
using System.Text.Json.Serialization;

namespace Functions.Products;

/// <summary>Writes a price with two decimals, however it was given and wherever it comes from: <c>1.50</c>.</summary>
public sealed class PriceConverter : JsonConverter<decimal>
{
    private const int Decimals = 2;

    /// <summary>The price with as many decimals as prices have, no matter how many of them are zero.</summary>
    public static decimal Normalize(decimal price) => decimal.Round(price, Decimals) + new decimal(0, 0, 0, isNegative: false, Decimals);

    /// <inheritdoc/>
    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDecimal();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteNumberValue(Normalize(value));
    }
}
