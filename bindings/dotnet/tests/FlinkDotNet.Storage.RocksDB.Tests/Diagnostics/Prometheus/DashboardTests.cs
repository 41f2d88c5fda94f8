using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using FlinkDotNet.Storage.RocksDB.Tests.Support;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace FlinkDotNet.Storage.RocksDB.Tests.Diagnostics.Prometheus;

/// <summary>The Grafana dashboard names what OpenTelemetry's exporter makes of the meter: what Prometheus gets is asked of the exporter.</summary>
public sealed partial class DashboardTests : BackendTest
{
    private static readonly string Dashboard = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "grafana", "rocksdb-state-backend.json"));

    [Fact]
    public async Task Metrics_OfTheDashboard_AreThoseThatPrometheusGets()
    {
        var metered = BackendMeter.Shared.Add("made up", () => new Figures(MadeUp.Statistics(), MadeUp.Pressure()));
        var pool = CreditMeter.Shared.Add("made up", MadeUp.Credits);
        var exported = MetricName().Matches(await Scrape()).Select(match => match.Value).Distinct(StringComparer.Ordinal);
        BackendMeter.Shared.Remove(metered);
        CreditMeter.Shared.Remove(pool);
        var shown = Expressions().SelectMany(query => MetricName().Matches(query)).Select(match => match.Value).Distinct(StringComparer.Ordinal);
        Assert.Equal(exported.Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Alerts_OfTheOperationsPage_AreAboutMetricsOfTheDashboard()
    {
        var page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "operations.md"));
        var alerts = MetricName().Matches(page).Select(match => match.Value).Distinct(StringComparer.Ordinal).ToArray();
        Assert.NotEmpty(alerts);
        Assert.Empty(alerts.Except(Expressions().SelectMany(query => MetricName().Matches(query)).Select(match => match.Value), StringComparer.Ordinal));
    }

    [Fact]
    public async Task Backend_Disposed_LeavesTheOtherToPrometheus()
    {
        using var provider = Exporter(out var address);
        using var other = Open(new RocksDBOptions { DataDirectory = Folder.At("other") });
        Open().Dispose();
        var scraped = await Scrape(address);
        Assert.DoesNotContain($"\"{DataDirectory}\"", scraped, StringComparison.Ordinal);
        Assert.Contains($"db_namespace=\"{other.DataDirectory}\"", scraped, StringComparison.Ordinal);
        Assert.Contains("db_system_name=\"rocksdb\"", scraped, StringComparison.Ordinal);
    }

    [Fact]
    public void Queries_OfTheDashboard_ChooseByTheAttributesOfTheMeter()
    {
        var labels = Expressions().SelectMany(query => Label().Matches(query)).Select(match => match.Groups["name"].Value);
        Assert.Equal(["credit_pool_name", "db_namespace", "job"], labels.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Variables_OfTheDashboard_AreThoseThatItsQueriesUse()
    {
        using var dashboard = JsonDocument.Parse(Dashboard);
        var variables = dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray()
            .Select(variable => variable.GetProperty("name").GetString()!).ToArray();
        Assert.Equal(["datasource", "job", "db_namespace", "credit_pool_name"], variables);
        var used = Variable().Matches(Dashboard).Select(match => match.Groups["name"].Value).Where(name => !name.StartsWith("__", StringComparison.Ordinal));
        Assert.Equal(variables.Order(StringComparer.Ordinal), used.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Panels_OfTheDashboard_AreWhole()
    {
        using var dashboard = JsonDocument.Parse(Dashboard);
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToArray();
        var ids = panels.Select(panel => panel.GetProperty("id").GetInt32()).ToArray();
        Assert.Equal(ids.Distinct(), ids);
        var charts = panels.Where(panel => panel.GetProperty("type").GetString() != "row").ToArray();
        Assert.All(charts, panel => Assert.NotEmpty(panel.GetProperty("title").GetString()!));
        Assert.All(charts, panel => Assert.NotEmpty(panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()!));
        Assert.All(charts, panel => Assert.NotEmpty(panel.GetProperty("targets").EnumerateArray()));
        Assert.All(charts.SelectMany(panel => panel.GetProperty("targets").EnumerateArray()), target => Assert.NotEmpty(target.GetProperty("legendFormat").GetString()!));
        Assert.Equal("row", panels[0].GetProperty("type").GetString());
    }

    private static IEnumerable<string> Expressions()
    {
        using var dashboard = JsonDocument.Parse(Dashboard);
        return dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .Where(panel => panel.TryGetProperty("targets", out _))
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!)
            .ToArray();
    }

    private static async Task<string> Scrape()
    {
        using var provider = Exporter(out var address);
        return await Scrape(address).ConfigureAwait(false);
    }

    private static async Task<string> Scrape(Uri address)
    {
        using var client = new HttpClient();
        return await client.GetStringAsync(address, TestContext.Current.CancellationToken).ConfigureAwait(false);
    }

    private static MeterProvider Exporter(out Uri address)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        address = new Uri($"http://localhost:{port}/metrics");
        return Sdk.CreateMeterProviderBuilder()
            .AddMeter(RocksDBTelemetry.MeterName)
            .AddPrometheusHttpListener(options =>
            {
                options.Host = "localhost";
                options.Port = port;
            })
            .Build();
    }

    [GeneratedRegex(@"\bflink_state_backend_[a-z0-9_]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MetricName();

    [GeneratedRegex(@"\$\{?(?<name>[a-z_]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Variable();

    [GeneratedRegex(@"[{,]\s*(?<name>[a-z_]+)\s*=", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label();
}
