using System.Collections.Concurrent;
using System.Diagnostics;

namespace PIMStepUp.Interop;

/// <summary>One thing that a library of Microsoft's has to be able to do with the emulator.</summary>
/// <param name="Name">What holds when it passes.</param>
/// <param name="Body">Throws when it does not hold.</param>
/// <param name="Violation">Part of the violation that the emulator's journal has to show; null: it must show none.</param>
internal sealed record Case(string Name, Func<Task> Body, string? Violation = null);

/// <summary>Runs cases and counts.</summary>
internal sealed class Suite(string program, string scenario, string only)
{
    private readonly object _console = new();
    private int _passed;

    public int Passed => _passed;

    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>Runs the cases of one area, in their order, with an emulator of its own.</summary>
    public async Task Run(string area, Func<Emulator, IEnumerable<Case>> cases)
    {
        try
        {
            await using var emulator = await Emulator.Start(program, scenario);
            foreach (var one in cases(emulator).Where(one => $"{area}: {one.Name}".Contains(only, StringComparison.OrdinalIgnoreCase)))
            {
                await Run(area, one, emulator);
            }
        }
        catch (Exception problem)
        {
            Tell($"{area}: could not be set up", problem);
        }
    }

    private async Task Run(string area, Case one, Emulator emulator)
    {
        var clock = Stopwatch.StartNew();
        var name = $"{area}: {one.Name}";
        try
        {
            await emulator.ClearJournal();
            await one.Body().WaitAsync(TimeSpan.FromSeconds(60));
            await CheckJournal(one, emulator);
            Interlocked.Increment(ref _passed);
            lock (_console)
            {
                Console.WriteLine($"ok    {name} ({clock.ElapsedMilliseconds} ms)");
            }
        }
        catch (Exception problem)
        {
            Tell(name, problem);
        }
    }

    /// <summary>What the emulator would refuse of any client counts as much as what the library made of the answers.</summary>
    private static async Task CheckJournal(Case one, Emulator emulator)
    {
        var violations = (await emulator.Journal()).Select(entry => entry.Violation).OfType<string>().ToList();
        if (one.Violation is null)
        {
            Check.That(violations.Count == 0, $"the journal has the violation `{violations.FirstOrDefault()}`");
        }
        else
        {
            Check.That(violations.Exists(text => text.Contains(one.Violation)), $"the journal lacks the violation `{one.Violation}`");
        }
    }

    private void Tell(string name, Exception problem)
    {
        // Of a check that failed the message says it all, and the place where; anything else is told with its stack.
        var told = problem is CheckFailed ? $"{problem.Message}\n{problem.StackTrace?.Split('\n').FirstOrDefault(line => !line.Contains(nameof(Check)))}" : $"{problem}";
        Failures.Enqueue($"{name}: {told}");
        lock (_console)
        {
            Console.WriteLine($"FAIL  {name}\n      {told.Replace("\n", "\n      ")}");
        }
    }
}

internal sealed class CheckFailed(string message) : Exception(message);

internal static class Check
{
    public static void That(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new CheckFailed(otherwise);
        }
    }

    public static void Equal<T>(T expected, T actual, string what) =>
        That(EqualityComparer<T>.Default.Equals(expected, actual), $"{what}: expected `{expected}`, got `{actual}`");

    public static void Contains(string part, string? text, string what) =>
        That(text?.Contains(part, StringComparison.Ordinal) == true, $"{what}: expected something with `{part}`, got `{text}`");

    public static async Task<T> Throws<T>(Func<Task> action, string what) where T : Exception
    {
        try
        {
            await action();
        }
        catch (T expected)
        {
            return expected;
        }
        throw new CheckFailed($"{what}: expected {typeof(T).Name}, and nothing was thrown");
    }
}
