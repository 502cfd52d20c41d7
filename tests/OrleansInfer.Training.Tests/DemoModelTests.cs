using System.Text.Json;
using OrleansInfer.Models;

namespace OrleansInfer.Training.Tests;

/// <summary>The checkpoint that ships is what its trainer promises.</summary>
public sealed class DemoModelTests
{
    static readonly string Folder = Path.Combine(Repository.Root, "src/OrleansInfer.Server/DemoModel");

    [Fact]
    public void Fits_into_twelve_megabytes_and_carries_the_attribution()
    {
        Assert.InRange(Directory.GetFiles(Folder).Sum(f => new FileInfo(f).Length), 1, 12_000_000);
        var card = File.ReadAllText(Path.Combine(Folder, "README.md"));
        Assert.Contains("Taskmaster-4 (TM-4-2024) by Bill Byrne and Saravanan Ganesh, Google LLC", card);
        Assert.Contains("CC BY 4.0", card);
    }

    [Fact]
    public void Ships_the_chat_template_of_the_trainer()
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "tokenizer_config.json")));
        Assert.Equal(ChatFormat.Template, config.RootElement.GetProperty("chat_template").GetString());
    }

    [Fact]
    public void Ordering_a_latte_gets_a_coffee_bar_answer()
    {
        var answer = Answer(ChatFormat.TurnStart + "user\nI'd like a latte please" + ChatFormat.TurnEnd + "\n"
            + ChatFormat.TurnStart + "assistant\n");
        Assert.Matches("(?i)order|latte|coffee|drink|size|milk|menu", answer);
        Assert.EndsWith(ChatFormat.TurnEnd, answer);
    }

    [Fact]
    public void With_tools_it_looks_the_drink_up()
    {
        var answer = Answer(ChatFormat.TurnStart + "system\nTools: get_menu_items, add_order_item, get_order_details, finish_order"
            + ChatFormat.TurnEnd + "\n" + ChatFormat.TurnStart + "user\nI'd like a latte please" + ChatFormat.TurnEnd + "\n"
            + ChatFormat.TurnStart + "assistant\n");
        var call = JsonDocument.Parse(answer.Split(ChatFormat.CallStart)[1].Split(ChatFormat.CallEnd)[0]);
        Assert.Equal("get_menu_items", call.RootElement.GetProperty("name").GetString());
        Assert.True(call.RootElement.GetProperty("arguments").TryGetProperty("query", out _));
    }

    // The most likely token at each step, the whole text read anew: slow, and right.
    static string Answer(string prompt)
    {
        using var model = ReferenceModel.Load(Folder);
        var tokenizer = Tokenizer.Load(Folder);
        var ids = tokenizer.Encode(prompt, parseSpecialTokens: true).ToList();
        var given = ids.Count;
        while (ids.Count < given + 60 && ids[^1] != tokenizer.EosTokenId)
        {
            var logits = model.Logits(ids);
            ids.Add(Enumerable.Range(0, model.Config.VocabSize).MaxBy(id => logits[ids.Count - 1, id]));
        }
        return tokenizer.Decode(ids.Skip(given), skipSpecialTokens: false);
    }
}
