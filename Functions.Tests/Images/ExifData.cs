using System.Buffers.Binary;

namespace Functions.Tests.Images;

/// <summary>Metadata of cameras: a TIFF structure with one directory.</summary>
internal static class ExifData
{
    /// <summary>Tells how the camera was held, 1–8, behind a tag of no interest.</summary>
    public static byte[] Orientation(int orientation, bool bigEndian = false)
    {
        var bytes = new byte[8 + 2 + 12 + 12 + 4];
        (bytes[0], bytes[1]) = bigEndian ? ((byte)'M', (byte)'M') : ((byte)'I', (byte)'I');
        Write16(2, 42);
        Write32(4, 8);
        Write16(8, 2);
        Entry(10, 0x0100, 4, 1000); // ImageWidth
        Entry(22, 0x0112, 3, orientation);
        return bytes;

        void Entry(int offset, int tag, int type, int value)
        {
            Write16(offset, tag);
            Write16(offset + 2, type);
            Write32(offset + 4, 1);
            if (type == 3)
            {
                Write16(offset + 8, value);
            }
            else
            {
                Write32(offset + 8, value);
            }
        }

        void Write16(int offset, int value)
        {
            if (bigEndian)
            {
                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(offset), (ushort)value);
            }
            else
            {
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset), (ushort)value);
            }
        }

        void Write32(int offset, int value)
        {
            if (bigEndian)
            {
                BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(offset), value);
            }
            else
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(offset), value);
            }
        }
    }
}
