using OrleansInfer.Kernels;
using OrleansInfer.Models;
using Spectre.Console;

namespace OrleansInfer.Server;

/// <summary>Loads a model, with a bar on terminals. It goes to the standard error: the standard output may be somebody's input.</summary>
internal static class ModelLoading
{
    public static LoadedModel Load(string folder, string dtype, ModelQuantization quantization)
    {
        RefuseMissing(folder);
        return Show(progress => LoadedModel.Load(folder, Parse(dtype), quantization, progress));
    }

    /// <summary>All but the weights.</summary>
    public static ModelFiles LoadFiles(string folder)
    {
        RefuseMissing(folder);
        return ModelFiles.Load(folder);
    }

    /// <param name="load">Is given what to tell the share that is loaded, 0 to 1; null where nobody looks at a terminal.</param>
    /// <param name="title">What is being done.</param>
    public static T Show<T>(Func<Action<double>?, T> load, string title = "Loading the model")
    {
        if (Console.IsErrorRedirected) return load(null);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress().AutoClear(true).Start(context =>
        {
            var task = context.AddTask(title, maxValue: 1);
            return load(done => task.Value = done);
        });
    }

    static void RefuseMissing(string folder)
    {
        if (!Directory.Exists(folder)) throw new StartFault($"There is no folder '{folder}'; --model must name a Hugging Face folder.");
    }

    public static DataType Parse(string dtype) => dtype == "float32" ? DataType.Float32 : DataType.BFloat16;
}
