using System.Text.Json;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server;

/// <summary>OpenAI's list of items: "first_id" and "last_id" are those of the page, whose last is the cursor of the next.</summary>
internal static class ItemListJson
{
    public static void WriteFields(Utf8JsonWriter json, ConversationId conversation, ItemPage page)
    {
        json.WriteString(JsonNames.Object, "list");
        json.WriteStartArray("data");
        foreach (var item in page.Items) ItemJson.Write(json, conversation, item);
        json.WriteEndArray();
        json.WriteString("first_id", IdOf(conversation, page.Items.FirstOrDefault()));
        json.WriteString("last_id", IdOf(conversation, page.Items.LastOrDefault()));
        json.WriteBoolean("has_more", page.HasMore);
    }

    static string? IdOf(ConversationId conversation, ConversationItem? item) => item is null ? null : ItemJson.IdOf(conversation, item);
}
