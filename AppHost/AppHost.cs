// A server with its embedded silo, or several, and the dashboard that shows their logs, metrics and traces. In Development Aspire also asks
// for the messages of generations to be recorded (OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT), so that the dashboard can show them.
var builder = DistributedApplication.CreateBuilder(args);

// Another model: dotnet run --project AppHost -- --Parameters:model=/path/to/a/hugging-face/folder
var demoModel = Path.GetFullPath("../src/OrleansInfer.Server/DemoModel", builder.AppHostDirectory);
var model = builder.AddParameter("model", builder.Configuration["Parameters:model"] ?? demoModel);

// More servers are one cluster, with PostgreSQL: dotnet run --project AppHost -- --Servers=2
var count = int.TryParse(builder.Configuration["Servers"], out var asked) ? asked : 1;

// No launch profile: the endpoint is said here, and the server takes its address from ASPNETCORE_URLS.
var server = builder.AddProject<Projects.OrleansInfer_Server>("server", launchProfileName: null)
    .WithHttpEndpoint(port: 5080, name: "http")
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithEnvironment("ASPNETCORE_ENVIRONMENT", builder.Environment.EnvironmentName)
    .WithEnvironment("OrleansInfer__Model", model);

if (count > 1)
{
    // Its connection string, ConnectionStrings__orleansinfer, is all that the servers have to know.
    var database = builder.AddPostgres("postgres").WithDataVolume().AddDatabase("orleansinfer");
    server.WithReplicas(count).WithReference(database).WaitFor(database);
}
else
{
    server.WithEnvironment("OrleansInfer__Data", Path.GetFullPath("../data", builder.AppHostDirectory));
}

builder.Build().Run();
