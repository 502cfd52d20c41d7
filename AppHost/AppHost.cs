// One server with its embedded silo, and the dashboard that shows its logs, metrics and traces. In Development Aspire also asks for the
// messages of generations to be recorded (OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT), so that the dashboard can show them.
var builder = DistributedApplication.CreateBuilder(args);

// Another model: dotnet run --project AppHost -- --Parameters:model=/path/to/a/hugging-face/folder
var demoModel = Path.GetFullPath("../src/OrleansInfer.Server/DemoModel", builder.AppHostDirectory);
var model = builder.AddParameter("model", builder.Configuration["Parameters:model"] ?? demoModel);

// No launch profile: the endpoint is said here, and the server takes its address from ASPNETCORE_URLS.
builder.AddProject<Projects.OrleansInfer_Server>("server", launchProfileName: null)
    .WithHttpEndpoint(port: 5080, name: "http")
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithEnvironment("ASPNETCORE_ENVIRONMENT", builder.Environment.EnvironmentName)
    .WithEnvironment("OrleansInfer__Model", model)
    .WithEnvironment("OrleansInfer__Data", Path.GetFullPath("../data", builder.AppHostDirectory));

builder.Build().Run();
