using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace Functions.Redis.Caching;

/// <summary>A field that the code of a method names.</summary>
/// <param name="Field">The field.</param>
/// <param name="Writes">Whether it is set there.</param>
internal readonly record struct FieldUse(FieldInfo Field, bool Writes)
{
    private const int TwoByteCodes = 0xFE;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    /// <summary>The fields that a method names; none where it has no code to look at.</summary>
    public static List<FieldUse> Of(MethodInfo? method)
    {
        var uses = new List<FieldUse>();
        if (method?.GetMethodBody()?.GetILAsByteArray() is not { } code)
        {
            return uses;
        }

        for (var i = 0; i < code.Length;)
        {
            var value = (short)code[i++];
            if (value == TwoByteCodes)
            {
                value = (short)((TwoByteCodes << 8) | code[i++]);
            }

            var operation = Codes[value];
            if (operation.OperandType == OperandType.InlineField)
            {
                var token = BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(i));
                var field = method.Module.ResolveField(token, method.DeclaringType!.GetGenericArguments(), method.GetGenericArguments())!;
                uses.Add(new FieldUse(field, operation == OpCodes.Stfld));
            }

            i += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(i))),
                _ => 4,
            };
        }

        return uses;
    }
}
