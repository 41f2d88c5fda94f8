using FlightsWorker;
using FlinkDotNet.Storage.RocksDB;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;

// A hosted stream job. Everything that may be configured is in appsettings.json; the command line changes it: --Job:RowsPerSecond 0
var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
var job = builder.Configuration.GetSection("Job").Get<JobOptions>() ?? new JobOptions();

builder.Services.AddRocksDBStateBackend(builder.Configuration.GetSection("State"));
builder.Services.AddRocksDBCheckpointing(builder.Configuration.GetSection("Checkpoints"));
builder.Services.AddHealthChecks().AddRocksDBStateBackend();
builder.Services.AddOpenTelemetry().WithMetrics(metrics =>
{
    metrics.AddMeter(RocksDBTelemetry.MeterName);
    if (job.PrometheusPort > 0) metrics.AddPrometheusHttpListener(listener => (listener.Host, listener.Port) = ("localhost", job.PrometheusPort));
});

builder.Services.AddSingleton(job).AddSingleton(new JobFigures(job.Parallelism)).AddSingleton<FlightsJob>();
builder.Services.AddSingleton<ICheckpointParticipant>(services => services.GetRequiredService<FlightsJob>());
builder.Services.AddHostedService(services => services.GetRequiredService<FlightsJob>());
builder.Services.AddHostedService<Watch>();

await builder.Build().RunAsync();
