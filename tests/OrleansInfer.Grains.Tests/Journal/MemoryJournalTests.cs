namespace OrleansInfer.Grains.Tests;

/// <summary>The journal that other tests stand on is held to the same rules.</summary>
public sealed class MemoryJournalTests : JournalConformance
{
    readonly MemoryDatabase _database = new();

    protected override JournalStore OpenStore() => new MemoryJournal(_database);
}
