using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using OrleansInfer.Abstractions;

namespace OrleansInfer.Server.Tests;

public sealed class GenerationSpanTests
{
    [Fact]
    public void Says_what_the_conventions_ask_for_and_nothing_of_the_messages()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "OrleansInfer",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        Activity? activity = null;
        listener.ActivityStopped = stopped => activity = stopped;
        ActivitySource.AddActivityListener(listener);
        var call = RequestCase.Chat(RequestCase.ChatWith(""", "max_tokens":5,"seed":7,"stop":"x","temperature":0.5"""));
        using (var span = GenerationSpan.Start("chat", call.Turns, new DefaultHttpContext().Connection)!)
        {
            span.Started("chatcmpl-1", "tiny");
            span.Add(0, AnswerCase.Token(0, "secret", finish: FinishReason.Stop));
            span.Finish(new TurnUsage(3, 1, 2));
        }
        Assert.Equal("chat tiny", activity!.DisplayName);
        var tags = activity.TagObjects.ToDictionary();
        Assert.Equal(("chat", "orleansinfer", "tiny", "tiny"), (tags["gen_ai.operation.name"], tags["gen_ai.provider.name"],
            tags["gen_ai.request.model"], tags["gen_ai.response.model"]));
        Assert.Equal((5, 7L, 3, 1), (tags["gen_ai.request.max_tokens"], tags["gen_ai.request.seed"], tags["gen_ai.usage.input_tokens"],
            tags["gen_ai.usage.output_tokens"]));
        Assert.Equal(["stop"], (string[])tags["gen_ai.response.finish_reasons"]!);
        Assert.DoesNotContain(tags.Keys, key => key.Contains("messages", StringComparison.Ordinal));
    }
}
