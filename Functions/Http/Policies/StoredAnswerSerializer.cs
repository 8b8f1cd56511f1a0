using System.Buffers;
using Microsoft.Extensions.Caching.Hybrid;

namespace Functions.Http.Policies;

/// <summary>Keeps answers in the cache as they are sent.</summary>
internal sealed class StoredAnswerSerializer : IHybridCacheSerializer<StoredAnswer>
{
    public StoredAnswer Deserialize(ReadOnlySequence<byte> source) =>
        StoredAnswer.Parse(source.IsSingleSegment ? source.First : source.ToArray());

    public void Serialize(StoredAnswer value, IBufferWriter<byte> target) => target.Write(value.ToBytes());
}
