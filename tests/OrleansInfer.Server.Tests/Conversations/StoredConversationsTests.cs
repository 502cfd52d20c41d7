using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server.Tests;

public sealed class StoredConversationsTests
{
    const string Tenant = "default";

    readonly StoredConversations _conversations = new(
        LossyGrain.Factory(), new(TimeProvider.System), new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance));

    [Fact]
    public async Task What_a_silo_did_before_it_died_is_not_done_again()
    {
        var (id, info) = await _conversations.Create(new() { Named = true, Items = [new("user", "one")] }, Tenant, Guid.NewGuid());
        Assert.True(info.Named);
        var added = await _conversations.AddItems(id, Tenant, [new("user", "two"), new("user", "three")], Guid.NewGuid());
        Assert.Equal([1, 2], added.Select(item => item.Number));
        Assert.Equal(["one", "two", "three"], await Contents(id));

        await _conversations.DeleteItem(id, Tenant, 1);

        Assert.Equal(["one", "three"], await Contents(id));
        await Assert.ThrowsAsync<InferenceException>(() => _conversations.DeleteItem(id, Tenant, 1));
    }

    async Task<List<string?>> Contents(ConversationId id) =>
        [.. (await _conversations.GetItems(id, Tenant, null, 100, descending: false)).Items.Select(item => item.Message.Content)];
}
