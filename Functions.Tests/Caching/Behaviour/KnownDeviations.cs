using static Functions.Tests.Caching.Behaviour.CacheKind;

namespace Functions.Tests.Caching.Behaviour;

/// <summary>Which implementation does not meet which expectation, and why. The tests assert that it is so.</summary>
internal static class KnownDeviations
{
    private const string Unheard = "HybridCache sends no messages between instances: a first level serves what it has until it expires";
    private const string UnheardTag = "HybridCache does not ask again for a tag that it has used: another instance does not hear of its removal";
    private const string Late = "HybridCache stores what a factory returns even if it was removed meanwhile";
    private const string Lossy = "HybridCache stores what JSON makes of a value, and does not say what that has lost";
    private const string Unchecked = "HybridCache stores no checksum: a changed byte is another value";
    private const string Alone = "HybridCache calls the factory once per instance";
    private const string FusionUnheard = "FusionCache needs its backplane to tell other instances, and is compared without";
    private const string FusionLate = "FusionCache stores what a factory returns even if its key was removed meanwhile";
    private const string FusionShares = "FusionCache gives callers the same object, unless EnableAutoClone is set";
    private const string FusionNullKey = "FusionCache refuses a null key";
    private const string FusionAnyKey = "FusionCache caches under any key but null";
    private const string FusionAnyTag = "FusionCache takes any tag for an entry, and refuses to remove by a null one";
    private const string FusionHalfPairs = "In Redis FusionCache's keys with different halves of surrogate pairs are one";
    private const string FusionLossy = "FusionCache stores what its serializer makes of a value: of what it is compared with, the same is lost, and fields unless one says so";
    private const string FusionUnchecked = "FusionCache stores no checksum: a changed byte is another value";
    private const string FusionAlone = "FusionCache calls the factory once per instance, without the distributed lock that it can be given";
    private const string FusionReadAndWrite = "With DisableDistributedCacheRead FusionCache's value does not arrive in Redis";

    private const string Joins = "Who asks after a removal gets what a factory returns that had begun before";
    private const string FusionEach = "FusionCache calls the factory for each reader where the first level is left out";

    private static readonly Dictionary<string, Dictionary<CacheKind, string>> All = new()
    {
        [nameof(NameBehaviourTests.A_read_with_a_null_key_calls_the_factory_and_caches_nothing)] = new() { [FusionCache] = FusionNullKey },
        [nameof(NameBehaviourTests.A_read_with_a_key_of_white_space_calls_the_factory_and_caches_nothing)] = new() { [FusionCache] = FusionAnyKey },
        [nameof(NameBehaviourTests.A_read_with_a_key_over_the_maximum_calls_the_factory_and_caches_nothing)] = new() { [FusionCache] = FusionAnyKey },
        [nameof(NameBehaviourTests.What_is_set_under_such_a_key_is_dropped)] = new() { [FusionCache] = FusionNullKey },
        [nameof(NameBehaviourTests.Keys_with_half_a_surrogate_pair_are_not_confused)] = new() { [FusionCache] = FusionHalfPairs },
        [nameof(NameBehaviourTests.A_tag_that_is_null_or_white_space_is_refused)] = new() { [FusionCache] = FusionAnyTag },
        [nameof(NameBehaviourTests.The_tag_of_everything_cannot_be_given)] = new() { [FusionCache] = FusionAnyTag },
        [nameof(NameBehaviourTests.Removal_by_a_tag_of_white_space_changes_nothing)] = new() { [FusionCache] = FusionAnyTag },

        [nameof(RoundTripBehaviourTests.Content_in_fields_comes_back)] = new() { [FusionCache] = FusionLossy },
        [nameof(RoundTripBehaviourTests.Collections_without_a_setter_come_back_or_are_refused)] = new() { [HybridCache] = Lossy, [FusionCache] = FusionLossy },
        [nameof(RoundTripBehaviourTests.Private_state_comes_back_or_is_refused)] = new() { [HybridCache] = Lossy, [FusionCache] = FusionLossy },
        [nameof(RoundTripBehaviourTests.An_object_of_a_derived_type_comes_back_or_is_refused)] = new() { [HybridCache] = Lossy, [FusionCache] = FusionLossy },
        [nameof(RoundTripBehaviourTests.A_stack_comes_back_in_its_order_or_is_refused)] = new() { [HybridCache] = Lossy, [FusionCache] = FusionLossy },
        [nameof(RoundTripBehaviourTests.The_comparer_of_a_dictionary_comes_back_or_is_refused)] = new() { [HybridCache] = Lossy, [FusionCache] = FusionLossy },
        [nameof(RoundTripBehaviourTests.The_members_of_a_collection_come_back_or_are_refused)] = new() { [HybridCache] = Lossy, [FusionCache] = FusionLossy },
        [nameof(RoundTripBehaviourTests.A_byte_that_was_changed_in_Redis_is_a_miss)] = new() { [HybridCache] = Unchecked, [FusionCache] = FusionUnchecked },

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
