using System.Net;

namespace OrleansInfer.Server;

/// <summary>The addresses to listen on, checked before anything slow is done.</summary>
internal static class Listening
{
    const string Default = "http://127.0.0.1:5080";

    /// <param name="urls">Of the command line; null: ASPNETCORE_URLS or ASPNETCORE_HTTP_PORTS, which orchestrators set, or the
    /// default.</param>
    public static IReadOnlyList<BindingAddress> Choose(string? urls, IConfiguration configuration)
    {
        urls ??= NullIfEmpty(configuration[WebHostDefaults.ServerUrlsKey]) ?? Ports(configuration[WebHostDefaults.HttpPortsKey]) ?? Default;
        var addresses = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse).ToList();
        foreach (var address in addresses)
            if (address.Port != 0 && FreePort.FaultOf(AddressOf(address.Host), address.Port) is { } fault)
                throw new StartFault($"Port {address.Port} of {address.Host} {fault}; "
                    + $"choose another one, as in --urls http://{address.Host}:{address.Port + 1}");
        return addresses.Count > 0 ? addresses : throw new StartFault("--urls is empty.");
    }

    static BindingAddress Parse(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            if (address.Scheme == "http" && !address.IsUnixPipe && address.Port <= IPEndPoint.MaxPort) return address;
        }
        catch (FormatException)
        {
            // refused below
        }
        throw new StartFault($"'{url}' is no address to listen on; --urls takes one like http://127.0.0.1:5080.");
    }

    static IPAddress AddressOf(string host) =>
        host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(host.Trim('[', ']'), out var address) ? address : IPAddress.Any;

    static string? Ports(string? ports) =>
        NullIfEmpty(ports) is { } some ? string.Join(';', some.Split(';').Select(port => $"http://*:{port}")) : null;

    static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
