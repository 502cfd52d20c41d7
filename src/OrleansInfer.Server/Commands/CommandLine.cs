using System.CommandLine;
using OrleansInfer.Models;

namespace OrleansInfer.Server;

/// <summary>The verbs. Without one the program serves.</summary>
internal static class CommandLine
{
    /// <summary>What the caller can mend: options, files, ports. One line on the standard error says what.</summary>
    public const int Fault = 2;

    public static async Task<int> Run(string[] args, TextWriter errors)
    {
        var parsed = Root().Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (parsed.Errors is [{ } error, ..]) return Refuse(errors, $"{error.Message} (--help shows the options)");
        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e) when (e is StartFault or ModelLoadException)
        {
            return Refuse(errors, e.Message);
        }
    }

    static RootCommand Root()
    {
        var serve = new ServeCommand();
        var root = new RootCommand("OrleansInfer: LLM inference on Orleans. Without a verb it serves.")
        {
            serve.Command, new GenerateCommand().Command, new TokenizeCommand().Command, new RenderCommand().Command,
            new BenchCommand().Command, new QuantizeCommand().Command, new EvaluateCommand().Command,
        };
        foreach (var option in serve.Options) root.Add(option);
        root.SetAction(serve.Run);
        root.Directives.Clear();
        return root;
    }

    static int Refuse(TextWriter errors, string message)
    {
        errors.WriteLine(message.ReplaceLineEndings(" "));
        return Fault;
    }
}
