using System.Text;
using System.Text.Json;
using OrleansInfer.Server.Tests;

namespace OrleansInfer.Benchmarks;

/// <summary>An open conversation: its script, and how far it has come.</summary>
/// <param name="turns">So many, then it is deleted.</param>
internal sealed class LoadConversation(LoadScript script, string id, int turns)
{
    int _turn;

    public bool IsOver => _turn == turns;

    public static async Task<LoadConversation> Open(LoadScript script, int turns, HttpClient http) =>
        new(script, (await Chat.Post(http, "/v1/conversations", "{}")).GetProperty("id").GetString()!, turns);

    /// <returns>What is wrong with the answer; null: nothing.</returns>
    public async Task<string?> Ask(HttpClient http)
    {
        using var stream = await EventReader.Post(http, "/v1/responses", script.Request(id, _turn));
        var text = new StringBuilder();
        var (next, last) = (0L, "");
        while (await stream.Next() is { } item)
        {
            using var data = JsonDocument.Parse(item.AsMemory(item.IndexOf("data: ", StringComparison.Ordinal) + 6));
            if (data.RootElement.GetProperty("sequence_number").GetInt64() is var number && number != next)
                return $"{id}, turn {_turn}: event {number} came in the place of {next}";
            next++;
            last = data.RootElement.GetProperty("type").GetString()!;
            if (last == "response.output_text.delta") text.Append(data.RootElement.GetProperty("delta").GetString());
        }
        if (last != "response.incomplete") return $"{id}, turn {_turn}: the last event is '{last}'"; // it ends by its length
        return script.Compare(_turn++, text.ToString());
    }

    public async Task Delete(HttpClient http)
    {
        using var response = await http.DeleteAsync($"/v1/conversations/{id}");
        response.EnsureSuccessStatusCode();
    }
}
