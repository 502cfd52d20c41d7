using System.CommandLine;

namespace OrleansInfer.Server;

/// <summary>--model DIR of the verbs that run once.</summary>
internal static class ModelOption
{
    public static Option<string> New() =>
        new("--model") { Description = "Hugging Face folder of the model. Default: the demo model.", HelpName = "DIR" };

    public static string Folder(ParseResult parsed, Option<string> option)
    {
        var folder = parsed.GetValue(option) ?? new ServerOptions().Model;
        return Directory.Exists(folder) ? folder
            : throw new StartFault($"There is no folder '{folder}'; --model must name a Hugging Face folder.");
    }
}
