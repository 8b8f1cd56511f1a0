using static Functions.Tests.Caching.Behaviour.CacheKind;

namespace Functions.Tests.Caching.Behaviour;

/// <summary>Which implementation does not meet which expectation, and why. The tests assert that it is so.</summary>
internal static class KnownDeviations
{
    private const string Unheard = "HybridCache sends no messages between instances: a first level serves what it has until it expires";
    private const string UnheardTag = "HybridCache does not ask again for a tag that it has used: another instance does not hear of its removal";
    private const string Late = "HybridCache stores what a factory returns even if it was removed meanwhile";
    private const string AnyKey = "HybridCache does not refuse a null or empty key";
    private const string Alone = "HybridCache calls the factory once per instance";
    private const string FusionUnheard = "FusionCache needs its backplane to tell other instances, and is compared without";
    private const string FusionLate = "FusionCache stores what a factory returns even if its key was removed meanwhile";
    private const string FusionShares = "FusionCache gives callers the same object, unless EnableAutoClone is set";
    private const string FusionEmptyKey = "FusionCache does not refuse an empty key";
    private const string FusionAlone = "FusionCache calls the factory once per instance, without the distributed lock that it can be given";
    private const string FusionReadAndWrite = "With DisableDistributedCacheRead FusionCache's value does not arrive in Redis";

    private const string Joins = "Who asks after a removal gets what a factory returns that had begun before";
    private const string FusionEach = "FusionCache calls the factory for each reader where the first level is left out";

    private static readonly Dictionary<string, Dictionary<CacheKind, string>> All = new()
    {
        [nameof(ReadBehaviourTests.A_null_key_is_refused)] = new() { [HybridCache] = AnyKey },
        [nameof(ReadBehaviourTests.An_empty_key_is_refused)] = new() { [HybridCache] = AnyKey, [FusionCache] = FusionEmptyKey },

        [nameof(SharingBehaviourTests.Readers_of_a_mutable_object_get_one_each)] = new() { [FusionCache] = FusionShares },
        [nameof(SharingBehaviourTests.Readers_of_bytes_get_an_array_each)] = new() { [FusionCache] = FusionShares },
        [nameof(SharingBehaviourTests.An_object_that_was_set_may_be_changed_afterwards)] = new() { [FusionCache] = FusionShares },
        [nameof(SharingBehaviourTests.Readers_who_waited_for_one_factory_get_a_mutable_object_each)] = new() { [FusionCache] = FusionShares },

        [nameof(FlagBehaviourTests.DisableDistributedCacheRead_writes_to_Redis_all_the_same)] = new() { [FusionCache] = FusionReadAndWrite },

        [nameof(FlagBehaviourTests.DisableDistributedCache_readers_of_a_mutable_object_get_one_each)] = new() { [FusionCache] = FusionShares },
        [nameof(FlagBehaviourTests.DisableDistributedCache_who_asks_after_a_removal_does_not_share_a_run_from_before)] =
            new() { [HybridCache] = Joins, [FusionCache] = Joins },
        [nameof(FlagBehaviourTests.Without_either_level_a_thousand_readers_share_one_factory_call)] = new() { [FusionCache] = FusionEach },

        [nameof(ConcurrencyBehaviourTests.Concurrent_readers_on_two_instances_share_one_factory_call)] =
            new() { [HybridCache] = Alone, [FusionCache] = FusionAlone },

        [nameof(InstancesBehaviourTests.Another_instance_without_first_level_hears_of_a_removal_by_tag)] =
            new() { [HybridCache] = UnheardTag, [FusionCache] = FusionUnheard },
        [nameof(InstancesBehaviourTests.Another_instance_with_first_level_hears_of_a_removal_by_key)] =
            new() { [HybridCache] = Unheard, [FusionCache] = FusionUnheard },
        [nameof(InstancesBehaviourTests.Another_instance_with_first_level_hears_of_a_removal_by_tag)] =
            new() { [HybridCache] = UnheardTag, [FusionCache] = FusionUnheard },
        [nameof(InstancesBehaviourTests.Another_instance_with_first_level_hears_of_a_removal_of_everything)] =
            new() { [HybridCache] = UnheardTag, [FusionCache] = FusionUnheard },
        [nameof(InstancesBehaviourTests.Another_instance_with_first_level_hears_of_a_set)] =
            new() { [HybridCache] = Unheard, [FusionCache] = FusionUnheard },
        [nameof(InstancesBehaviourTests.Removal_by_key_while_the_factory_runs_discards_its_value)] =
            new() { [HybridCache] = Late, [FusionCache] = FusionLate },
        [nameof(InstancesBehaviourTests.Removal_by_tag_while_the_factory_runs_discards_its_value)] = new() { [HybridCache] = Late },
        [nameof(InstancesBehaviourTests.Removal_by_key_on_another_instance_while_the_factory_runs_discards_its_value)] =
            new() { [HybridCache] = Late, [FusionCache] = FusionLate },
        [nameof(InstancesBehaviourTests.Removal_by_tag_on_another_instance_while_the_factory_runs_discards_its_value)] = new() { [HybridCache] = Late },
    };

    public static IReadOnlyCollection<string> Behaviours => All.Keys;

    /// <summary>Why the implementation deviates, as a sentence without a full stop; null if it does not.</summary>
    public static string? Find(CacheKind kind, string behaviour) => All.GetValueOrDefault(behaviour)?.GetValueOrDefault(kind);
}
