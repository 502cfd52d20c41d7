using OrleansInfer.Server;

return await CommandLine.Run(args, Console.Error);
