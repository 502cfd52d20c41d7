using System.ComponentModel.DataAnnotations;
using OrleansInfer.Grains;

namespace OrleansInfer.Server;

/// <summary>serve: from options to a running server, and down again.</summary>
internal static class ServerProgram
{
    /// <param name="settings">What the command line sets, as keys of the configuration.</param>
    /// <exception cref="StartFault">The server cannot start as asked.</exception>
    public static async Task<int> Run(string? urls, IReadOnlyDictionary<string, string?> settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
            // Nothing here is read again, and the system's file watches are few.
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
        });
        builder.Configuration.AddInMemoryCollection(settings);
        var options = Bind(builder.Configuration);
        OrleansSection.Apply(builder.Configuration, options);
        if (options.Store is not null && settings.ContainsKey($"{ServerOptions.Section}:{nameof(ServerOptions.Data)}"))
            throw new StartFault("--data and --store exclude each other: the journal of a cluster is in its store.");
        if (options is { Role: not SiloRole.Both, Store: null })
            throw new StartFault($"--role {options.Role.ToString().ToLowerInvariant()} needs --store: the rest of the work is for the "
                + "other servers of a cluster.");
        var addresses = Listening.Choose(urls, builder.Configuration);
        builder.WebHost.UseUrls([.. addresses.Select(address => address.ToString())]);
        var quantization = QuantizationOptions.Parse(options);
        using var store = ServerStore.Open(options);
        using var setup = options.Role == SiloRole.Api
            ? new ServerSetup(options, store, ModelLoading.LoadFiles(options.Model))
            : new ServerSetup(options, store, ModelLoading.Load(options.Model, options.Dtype, quantization));
        setup.Configure(builder);
        await using var app = builder.Build();
        setup.Map(app);
        await Start(app);
        setup.IsReady = true;
        app.Lifetime.ApplicationStopping.Register(() => setup.IsReady = false);
        StartupNotice.Write(Console.Out, app, setup);
        await app.WaitForShutdownAsync();
        return 0;
    }

    static ServerOptions Bind(IConfiguration configuration)
    {
        var options = new ServerOptions();
        try
        {
            configuration.GetSection(ServerOptions.Section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
            Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
            if (options.Tenants.Keys.FirstOrDefault(name => name.Length is 0 or > 64 || name.Contains('/')) is { } odd)
                throw new ValidationException($"The tenant '{odd}' needs a name of 1 to 64 characters without a slash.");
        }
        catch (InvalidOperationException e) when (e.InnerException is { } inner)
        {
            throw new StartFault($"{e.Message} {inner.Message}");
        }
        catch (InvalidOperationException e)
        {
            var key = e.Message[(e.Message.LastIndexOf(':') + 1)..].Trim();
            throw new StartFault($"The configuration's section {ServerOptions.Section} has a key that means nothing: {key}.");
        }
        catch (ValidationException e)
        {
            throw new StartFault(e.Message);
        }
        return options;
    }

    static async Task Start(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (FirstOf<IOException>(e) is { } io && io.Message.StartsWith("Failed to bind", StringComparison.Ordinal))
        {
            throw new StartFault($"{io.Message} Choose another address with --urls.");
        }
        catch (Exception e) when (FirstOf<ValidationException>(e) is { } fault)
        {
            throw new StartFault(fault.Message);
        }
        catch (Exception e) when (FirstOf<JournalException>(e) is { } fault)
        {
            throw new StartFault(fault.Message);
        }
        catch (Exception e) when (FirstOf<ClusterException>(e) is { } fault)
        {
            throw new StartFault(fault.Message);
        }
        catch (Exception e) when (FirstOf<System.Net.Sockets.SocketException>(e) is { } socket)
        {
            throw new StartFault($"An Orleans port cannot be opened: {socket.Message}. Choose others with --silo-port and --gateway-port.");
        }
    }

    static T? FirstOf<T>(Exception? e) where T : Exception
    {
        while (e is not (null or T)) e = e.InnerException;
        return (T?)e;
    }
}
