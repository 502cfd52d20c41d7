using Microsoft.Extensions.DependencyInjection;
using OrleansInfer.Abstractions;
using Orleans.Serialization;

namespace OrleansInfer.Grains.Tests;

/// <summary>Journals outlive the program that wrote them.</summary>
public sealed class EventFormatTests
{
    /// <summary>A turn as the first version of the program wrote it: started, tokens of two choices, ended.</summary>
    const string FirstVersion =
        "IAAHMQHJqq6dHW9pLlR1cm5TdGFydGVk6OjoIOhACXRpbnkxARkpsSIhb2kuQ2hhdE1lc3NhZ2VbXQAHIehADXN5c3RlbUETQmUgYnJpZWYuwQ"
        + "HBAcEB4CDoQBNhc3Npc3RhbnTBAUEFW13BAcEB4CDoQAl0b29sQQU0MsEBQQ1jYWxsXzFBA2bg4MEBwQFBCVt7fV1BBXt9IegABWEAAIA/YQAA"
        + "gD8BAWEAAAAAAQ9hAAAAAGEAAAAAYQAAgD/BASk1AANBA3jgKTMAAwEV4AFRAQEBAcEBAQEBA+CBALygZQEAAABBB3RhZ+AhAAcBBQAJAA3gIe"
        + "gACWEAAAA/YQAAgD8BAWEAAAAAAQ9hAAAAAGEAAAAAYQAAgD8xAduD+eVtU3lzdGVtLkNvbGxlY3Rpb25zLkdlbmVyaWMuRGljdGlvbmFyeWAy"
        + "W1tpbnRdLFtmbG9hdF1dAQMBDWAAAMA/4Ck1AAPBV+ApMwADARXgAVEBAQEBAQUBAQED4AEPIYAAYNdMWUnfCIEAAAAAAAAAAODBC0EFZnDgMA"
        + "GChO/JJW9pLlRva2Vuc0NvbW1pdHRlZOjo6CAABSHoAAEhAAUBQgMASgPgIQAFIehgAAAAvzEBKlwbuyNvaS5Ub2tlbkxvZ3Byb2JbXQADIegA"
        + "QgNhAAAAv+Dg4CDoYAAAgL85CwADIegASgNhAACAv+Dg4ODBAQFB4CDoAAUh4MEBCQMJAQHg4OAwAZVLpvkZb2kuVHVybkVuZGVk6OjoIIAAHH"
        + "iyWknfCIEAAAAAAAAAAOAhAAVBBWhpQAHg4OA=";

    readonly EventCodec _codec = new(
        new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer<ConversationEvent[]>>());

    [Fact]
    public void Events_of_the_first_version_are_still_read()
    {
        var events = _codec.Decode(Convert.FromBase64String(FirstVersion));

        var started = Assert.IsType<TurnStarted>(events[0]);
        Assert.Equal(
            [("system", "Be brief.", null, null, null), ("assistant", null, "[]", null, null), ("tool", "42", null, "call_1", "f")],
            started.Request.Messages!.Select(m => (m.Role, m.Content, m.ToolCallsJson, m.ToolCallId, m.Name)));
        Assert.All(started.Request.Messages!, message => Assert.False(message.Joins));
        Assert.Equal(("tiny", "[{}]", "{}", "tag"),
            (started.Request.Model, started.Request.ToolsJson, started.Request.ChatTemplateKwargsJson, started.Request.Tag));
        Assert.Equal(TimeSpan.FromMinutes(10), started.Request.Retention);
        Assert.Null(started.Request.Instructions);
        Assert.Null(started.Request.AfterTurn);
        Assert.Equal([1, 2, 3], started.PromptTokenIds);
        Assert.Equal((2, 0.5f, 7ul, 20, 1), (started.Sampling.N, started.Sampling.Temperature, started.Sampling.Seed!.Value,
            started.Sampling.MaxTokens!.Value, started.Sampling.Logprobs!.Value));
        Assert.Equal((1.5f, "x", 5), (started.Sampling.LogitBias![3], started.Sampling.Stop[0], started.Sampling.StopTokenIds[0]));
        Assert.Equal((7ul, new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero), "tiny", "fp"),
            (started.Seed, started.Created, started.Model, started.SystemFingerprint));

        var choices = Assert.IsType<TokensCommitted>(events[1]).Choices;
        Assert.Equal((0, 104, 105, null, 16, -0.5f), (choices[0].Choice, choices[0].TokenIds[0], choices[0].TokenIds[1],
            choices[0].FinishReason, choices[0].CachedTokens, choices[0].Logprobs![0].Top[0].Logprob));
        Assert.Equal((1, 0, FinishReason.Abort), (choices[1].Choice, choices[1].TokenIds.Length, choices[1].FinishReason));

        var ended = Assert.IsType<TurnEnded>(events[2]);
        Assert.Equal(new DateTimeOffset(2026, 11, 23, 12, 10, 0, TimeSpan.Zero), ended.ExpiresAt);
        Assert.Equal(["hi", ""], ended.Answers);
    }

    [Fact]
    public void Events_come_back_as_they_were_written()
    {
        var at = new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
        var request = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e");
        var data = _codec.Encode(
        [
            new ConversationCreated
            {
                Created = at, Named = true, Metadata = new() { ["k"] = "v" }, Items = [new("developer", "d")], ExpiresAt = at,
            },
            new ItemsAdded([new("assistant", null) { ToolCallsJson = "[1]", Joins = true }], request),
            new MetadataSet(new() { ["a"] = "b" }), new ItemDeleted(5), new TurnDeleted(3),
        ]);

        var events = _codec.Decode(data);

        var created = Assert.IsType<ConversationCreated>(events[0]);
        Assert.Equal((at, true, "v", new ChatMessage("developer", "d"), at),
            (created.Created, created.Named, created.Metadata["k"], created.Items[0], created.ExpiresAt!.Value));
        var added = Assert.IsType<ItemsAdded>(events[1]);
        var call = new ChatMessage("assistant", null) { ToolCallsJson = "[1]", Joins = true };
        Assert.Equal((call, request), (added.Items[0], added.Request));
        Assert.Equal("b", Assert.IsType<MetadataSet>(events[2]).Metadata["a"]);
        Assert.Equal([new ItemDeleted(5), new TurnDeleted(3)], events[3..]);
    }
}
