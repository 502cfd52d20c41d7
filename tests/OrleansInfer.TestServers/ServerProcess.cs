using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace OrleansInfer.TestServers;

/// <summary>A server as a child of this process that ends with it, however it ends.</summary>
sealed class ServerProcess : IAsyncDisposable
{
    // The shell waits for the end of its input, which the system closes when we are gone. Its arguments: a signal, and what to start.
    const string Guard = """
        signal=$1; shift; exec 3<&0; "$@" </dev/null >&2 & child=$!; echo $child; cat <&3 >/dev/null
        kill -CONT $child; kill -s $signal $child; wait $child
        """;

    readonly Process _guard;
    readonly Task<string> _log;

    ServerProcess(Process guard) => (_guard, _log) = (guard, guard.StandardError.ReadToEndAsync());

    /// <summary>Of the server itself.</summary>
    public int Pid { get; private set; }

    /// <param name="endSignal">What ends it.</param>
    /// <param name="command">Program and arguments.</param>
    public static async Task<ServerProcess> Start(string endSignal, params IEnumerable<string> command)
    {
        var guard = Process.Start(new ProcessStartInfo("sh", ["-c", Guard, "sh", endSignal, .. command])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var server = new ServerProcess(guard);
        server.Pid = int.Parse((await guard.StandardOutput.ReadLineAsync())!, System.Globalization.CultureInfo.InvariantCulture);
        return server;
    }

    /// <summary>Waits until it answers.</summary>
    /// <param name="answers">Throws until it does.</param>
    public async Task WaitUntil(Func<Task> answers)
    {
        for (var left = 600; ; left--)
        {
            try
            {
                await answers();
                return;
            }
            catch (Exception e) when (left > 0 && Process.GetProcesses().Any(process => process.Id == Pid))
            {
                await Task.Delay(50);
                GC.KeepAlive(e);
            }
            catch (Exception e)
            {
                await DisposeAsync();
                throw new InvalidOperationException($"The server did not start ({e.Message}): {await _log}", e);
            }
        }
    }

    public Task Signal(string name) => Run("kill", "-s", name, $"{Pid}");

    public async ValueTask DisposeAsync()
    {
        if (_guard.HasExited) return;
        _guard.StandardInput.Close();
        await _guard.WaitForExitAsync();
    }

    public static async Task Run(string program, params IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await output}{await error}");
    }

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
