using System.CommandLine;
using BenchmarkDotNet.Running;
using OrleansInfer.Benchmarks;

var kernels = new Command("kernels", "The kernels alone, with BenchmarkDotNet; its options follow, as in: kernels --filter '*Linear*'")
{
    TreatUnmatchedTokensAsErrors = false,
};
kernels.SetAction(parsed =>
    _ = BenchmarkSwitcher.FromAssembly(typeof(KernelConfig).Assembly).Run([.. parsed.UnmatchedTokens], new KernelConfig()));

var conversations = new Command("conversations", "What a token costs on its way from the engine through the journal to a reader.");
conversations.SetAction((_, _) => ConversationSpeed.Run(Console.Out));

return await new RootCommand("Measurements of OrleansInfer. They say little on a busy machine.")
{
    new CompareCommand().Command, new StepCommand().Command, new MachineCommand().Command, new PlacementCommand().Command, kernels,
    conversations, new JournalCommand().Command, new KillsCommand().Command, new LoadCommand().Command,
}.Parse(args).InvokeAsync();
