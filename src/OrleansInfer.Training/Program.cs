using System.CommandLine;
using OrleansInfer.Models;
using OrleansInfer.Training;

var root = new RootCommand("Trains and measures OrleansInfer's demo model.") { TrainCommand.Create(), EvaluateCommand.Create() };
try
{
    return await root.Parse(args).InvokeAsync(new() { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is ModelLoadException
    or InvalidDataException or IOException or UnauthorizedAccessException or NotFiniteNumberException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
