using System.Reflection;
using System.Runtime.Loader;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Xunit;

namespace Unikernel.Linker.Tests;

/// <summary>Generic services that a container would instantiate by reflection are instantiated by code.</summary>
public sealed class InstantiationTests
{
    private const string Container = """
        global using System;
        global using System.Collections.Generic;
        using System.Diagnostics.CodeAnalysis;
        static class Services
        {
            public static void Add(Type service, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] Type implementation) { GC.KeepAlive(service); GC.KeepAlive(implementation); }
            public static T? Get<T>() => default;
        }
        interface ILog<out T> { }
        class Log<T> : ILog<T> { public Log() { } public Log(IPart<T> part, DateTime time, KeyValuePair<T, int> pair) { } }
        interface IPart<T> { }
        class Part<T> : IPart<T> { public Part(IEnumerable<IStep<T>> steps) { } }
        interface IStep<T> { }
        class A { } class B { } class C { } class D { }

        """;

    [Fact]
    public void ParametersOfConstructorsAndWhatTheyNeed()
    {
        using LinkedProgram program = Linked("""
            Services.Add(typeof(ILog<>), typeof(Log<>));
            Services.Add(typeof(IPart<>), typeof(Part<>));
            _ = new Uses(null);
            _ = new A();
            class Uses { public Uses(ILog<A>? log) { } }
            """);
        Assert.Equal(["new Log`1<A>(IPart`1<T>,System.DateTime,System.Collections.Generic.KeyValuePair`2<T,System.Int32>)", "new Part`1<A>(System.Collections.Generic.IEnumerable`1<IStep`1<T>>)", "IStep`1<A>[]"], Found(program));
    }

    [Fact]
    public void ArgumentsOfCallsAlsoThroughGenericMethods()
    {
        using LinkedProgram program = Linked("""
            Services.Add(typeof(IPart<>), typeof(Part<>));
            _ = Services.Get<IPart<A>>();
            Ask<B>();
            Outer<C>();
            _ = new object[] { new A(), new B(), new C(), new D() };
            static void Outer<T>() => Ask<T>();
            static void Ask<T>() => Services.Get<IPart<T>>();
            """);
        Assert.Equal(["A", "B", "C"], from found in Found(program) where found.StartsWith("new Part`1<", StringComparison.Ordinal) select found[11..12]);
    }

    /// <summary>A generic method that calls itself, and a service that needs one of a larger type.</summary>
    [Fact]
    public void EndsWhereTypesGrow()
    {
        using LinkedProgram program = Linked("""
            Services.Add(typeof(IGrow<>), typeof(Grow<>));
            Ask<A>(3);
            _ = new A();
            static void Ask<T>(int n) { Services.Get<IGrow<T>>(); if (n > 0) Ask<T>(n - 1); }
            interface IGrow<T> { }
            class Grow<T> : IGrow<T> { public Grow(IGrow<Grow<T>> larger) { } }
            """);
        string[] found = Found(program);
        Assert.InRange(found.Length, 1, 10);
        Assert.Contains(found, f => f.StartsWith("new Grow`1<A>", StringComparison.Ordinal));
    }

    /// <summary>Forty generic methods, each of which calls all others: 40^6 chains of calls, which nobody would see the end of.</summary>
    [Fact]
    public void EndsWhereChainsOfCallsAreManifold()
    {
        string calls = string.Concat(Enumerable.Range(0, 40).Select(i => $"if (n > {i}) M{i}<T>(n - 1); "));
        string methods = string.Concat(Enumerable.Range(0, 40).Select(i => $"static void M{i}<T>(int n) {{ {calls} Services.Get<IPart<T>>(); }}\n"));
        using LinkedProgram program = Linked($"Services.Add(typeof(IPart<>), typeof(Part<>)); M0<A>(1); _ = new A();\n{methods}");
        Assert.Contains(Found(program), f => f.StartsWith("new Part`1<A>", StringComparison.Ordinal));
    }

    /// <summary>Sweeping changes what is read, not what is compiled.</summary>
    [Fact]
    public void TheSameWhereNothingIsRemoved()
    {
        const string Source = "Services.Add(typeof(IPart<>), typeof(Part<>)); _ = Services.Get<IPart<A>>(); _ = new A();";
        using LinkedProgram swept = Linked(Source), bound = LinkedProgram.LinkMainOnly([("container.cs", Container), ("test.cs", Source)], "--mode", "bind");
        Assert.NotEmpty(Found(swept));
        Assert.Equal(Found(swept), Found(bound));
    }

    [Theory]
    [InlineData("GC.KeepAlive(typeof(ILog<>)); GC.KeepAlive(typeof(Part<>)); _ = new Uses(null); _ = new A(); class Uses { public Uses(ILog<A>? log) { } }")] // not a service and its class
    [InlineData("Services.Add(typeof(ILog<>), typeof(Log<>)); _ = new Uses(null); class Uses { public Uses(ILog<int>? log) { } }")] // code of its own
    [InlineData("Services.Add(typeof(ILog<>), typeof(Log<>)); Uses<A>(null); static void Uses<T>(ILog<T>? log) { }")] // not asked for
    public void NothingWhereNothingIsAskedFor(string source)
    {
        using LinkedProgram program = Linked(source);
        using AssemblyDefinition main = program.Read();
        Assert.Null(main.MainModule.GetType("<Instantiations>"));
    }

    [Fact]
    public void TheCodeIsValidAndTheProgramDoesNotRunIt()
    {
        using LinkedProgram program = Linked("""
            Services.Add(typeof(ILog<>), typeof(Log<>));
            Services.Add(typeof(IPart<>), typeof(Part<>));
            _ = new Uses(null);
            _ = new A();
            class Uses { public Uses(ILog<A>? log) { } }
            """);
        var context = new AssemblyLoadContext("linked", isCollectible: true);
        Assembly assembly = context.LoadFromStream(new MemoryStream(File.ReadAllBytes(Path.Combine(program.Output, "test.dll"))));
        Type holder = assembly.GetType("<Instantiations>", throwOnError: true)!;
        FieldInfo held = holder.GetField("s_held", BindingFlags.NonPublic | BindingFlags.Static)!;
        assembly.EntryPoint!.Invoke(null, [Array.Empty<string>()]);
        Assert.Null(held.GetValue(null));
        holder.GetMethod("Construct", BindingFlags.NonPublic | BindingFlags.Static)!.Invoke(null, null);
        Assert.NotNull(held.GetValue(null));
        context.Unload();
    }

    private static LinkedProgram Linked(string source)
    {
        LinkedProgram program = LinkedProgram.LinkMainOnly([("container.cs", Container), ("test.cs", source)]);
        Assert.Empty(program.Messages);
        return program;
    }

    // What the added method makes, in its order.
    private static string[] Found(LinkedProgram program)
    {
        using AssemblyDefinition main = program.Read();
        MethodDefinition construct = main.MainModule.GetType("<Instantiations>").Methods.Single(m => m.Name == "Construct");
        return [.. from i in construct.Body.Instructions
                   where i.OpCode == OpCodes.Newobj || i.OpCode == OpCodes.Newarr
                   select i.Operand is MethodReference made
                       ? $"new {made.DeclaringType}({string.Join(',', made.Parameters.Select(p => p.ParameterType is GenericParameter ? "T" : p.ParameterType.ToString().Replace("!0", "T", StringComparison.Ordinal)))})"
                       : $"{i.Operand}[]"];
    }
}
