using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Linker.Nodes;

namespace Unikernel.Linker.Instantiate;

/// <summary>
/// The instantiations of generic services that dependency injection will ask for. A registration of open types
/// (<c>services.AddSingleton(typeof(IOptions&lt;&gt;), typeof(OptionsManager&lt;&gt;))</c>) makes the container instantiate the
/// implementation by reflection, and the runtime then builds the type, its dictionary, and every type that this names: half of the
/// instructions of an ASP.NET Core application's start. The whole program is known here, and with it what will be asked for: the
/// parameters of constructors and methods, and the arguments of <c>GetRequiredService</c> and its like.
/// </summary>
/// <remarks>
/// It is only ever a matter of time. A type that is not found here is built at run time as before; one too many costs its method
/// table. No program can tell a compiled type from one that was built.
/// </remarks>
public sealed class GenericServices(LinkContext context)
{
    // More than what real programs nest; a chain that grows without end (class A<T>(IB<A<T>>)) ends here.
    private const int MaximumDepth = 6;

    // Generic methods that call each other can have more chains of calls than a link has time for; those beyond are built at run time.
    private const int MaximumChains = 100_000;

    private readonly HashSet<MethodDefinition> _registering = [];
    private readonly List<Call> _calls = [];
    private int _chains;

    private readonly record struct Call(MethodDefinition Caller, GenericInstanceMethod Instance, MethodDefinition Callee);

    /// <summary>A method names an open generic type: it may register services.</summary>
    public void AddRegistering(MethodDefinition method) => _registering.Add(method);

    /// <summary>A call of a generic method: one of its arguments may be a service.</summary>
    public void AddCall(MethodDefinition caller, GenericInstanceMethod instance, MethodDefinition callee) => _calls.Add(new Call(caller, instance, callee));

    /// <summary>Everything that the container will instantiate.</summary>
    public Instantiations Find()
    {
        Dictionary<TypeDefinition, List<TypeDefinition>> registered = Registrations();
        if (registered.Count == 0)
            return new Instantiations([], []);

        // By name, so that two builds give one result.
        var implementations = new SortedDictionary<string, (GenericInstanceType, MethodDefinition)>(StringComparer.Ordinal);
        var elements = new SortedDictionary<string, TypeReference>(StringComparer.Ordinal);
        var pending = new Queue<(TypeReference Type, int Depth)>(Requests(registered).Select(type => (type, 0)));
        while (pending.TryDequeue(out (TypeReference Type, int Depth) next))
        {
            if (next.Depth > MaximumDepth || next.Type is not GenericInstanceType service || context.Resolver.Resolve(service) is not { } open)
                continue;
            if (IsEnumerable(open))
            {
                // All services of a type, in an array.
                TypeReference element = service.GenericArguments[0];
                if (element is GenericInstanceType { ContainsGenericParameter: false } generic && IsKept(generic))
                    elements.TryAdd(element.FullName, element);
                pending.Enqueue((element, next.Depth + 1));
            }
            else if (registered.TryGetValue(open, out List<TypeDefinition>? choices) && IsKept(service))
            {
                foreach (TypeDefinition implementation in choices)
                {
                    if (Constructor(implementation) is not { } constructor)
                        continue;
                    var type = new GenericInstanceType(implementation);
                    foreach (TypeReference argument in service.GenericArguments)
                        type.GenericArguments.Add(argument);
                    if (!implementations.TryAdd(type.FullName, (type, constructor)))
                        continue;
                    foreach (ParameterDefinition parameter in constructor.Parameters)
                        pending.Enqueue((Substitute(parameter.ParameterType, GenericParameterType.Type, type.GenericArguments), next.Depth + 1));
                }
            }
        }

        return new Instantiations([.. implementations.Values], [.. elements.Values]);
    }

    // typeof(service<>), typeof(implementation<>), one after the other, whatever is called with them.
    private Dictionary<TypeDefinition, List<TypeDefinition>> Registrations()
    {
        var result = new Dictionary<TypeDefinition, List<TypeDefinition>>();
        foreach (MethodDefinition method in _registering)
        {
            TypeDefinition? previous = null;
            foreach (Instruction instruction in method.Body.Instructions)
            {
                if (instruction.OpCode.Code == Code.Ldtoken && instruction.Operand is TypeReference token and not TypeSpecification
                    && context.Resolver.Resolve(token) is { HasGenericParameters: true } type)
                {
                    if (previous is not null && IsImplementation(type, previous))
                    {
                        if (!result.TryGetValue(previous, out List<TypeDefinition>? list))
                            result.Add(previous, list = []);
                        if (!list.Contains(type))
                            list.Add(type);
                    }

                    previous = type;
                }
                else if (instruction.Operand is not MethodReference { Name: "GetTypeFromHandle" })
                {
                    previous = null;
                }
            }
        }

        return result;
    }

    // A class that the container closes with the arguments of the service, in their order.
    private bool IsImplementation(TypeDefinition type, TypeDefinition service) =>
        type is { IsClass: true, IsAbstract: false, IsValueType: false } && type.GenericParameters.Count == service.GenericParameters.Count
        && (type == service || type.Interfaces.Any(i => context.Resolver.Resolve(i.InterfaceType) == service) || context.Resolver.Resolve(type.BaseType) == service);

    // Closed types of services, and sequences of them: parameters, and arguments of calls.
    private IEnumerable<TypeReference> Requests(Dictionary<TypeDefinition, List<TypeDefinition>> registered)
    {
        foreach (MethodBodyNode body in context.Nodes.Bodies)
        {
            if (!body.IsMarked || !body.Method.HasParameters)
                continue;
            foreach (ParameterDefinition parameter in body.Method.Parameters)
            {
                if (parameter.ParameterType is GenericInstanceType { ContainsGenericParameter: false } type)
                    yield return type;
            }
        }

        ILookup<MethodDefinition, Call> callsOf = _calls.ToLookup(c => c.Callee);
        foreach (Call call in _calls)
        {
            foreach (TypeReference argument in call.Instance.GenericArguments)
            {
                if (argument is GenericInstanceType type && context.Resolver.Resolve(type) is { } open && (registered.ContainsKey(open) || IsEnumerable(open)))
                {
                    foreach (TypeReference closed in Close(type, call.Caller, callsOf, 0))
                        yield return closed;
                }
            }
        }
    }

    // A type in a generic method, with the arguments of each call of the method.
    private IEnumerable<TypeReference> Close(TypeReference type, MethodDefinition method, ILookup<MethodDefinition, Call> callsOf, int depth)
    {
        if (!type.ContainsGenericParameter)
            return [type];
        if (depth > MaximumDepth || !method.HasGenericParameters || ++_chains > MaximumChains)
            return [];
        return callsOf[method].SelectMany(call => call.Caller == method
            ? []
            : Close(Substitute(type, GenericParameterType.Method, call.Instance.GenericArguments), call.Caller, callsOf, depth + 1));
    }

    private static bool IsEnumerable(TypeDefinition type) => type is { Namespace: "System.Collections.Generic", Name: "IEnumerable`1" };

    private MethodDefinition? Constructor(TypeDefinition type) => !context.Nodes.IsConstructed(type) ? null : type.Methods
        .Where(m => m is { IsConstructor: true, IsStatic: false, IsPublic: true } && context.Nodes.IsBodyMarked(m) && m.Parameters.All(p => p.ParameterType is not (ByReferenceType or PointerType)))
        .MaxBy(m => m.Parameters.Count);

    // Over references all instantiations share one code; over structures each has its own, which is another price.
    private bool IsKept(GenericInstanceType type)
    {
        foreach (TypeReference argument in type.GenericArguments)
        {
            if (argument is ArrayType or PointerType or ByReferenceType or GenericParameter || context.Resolver.Resolve(argument) is not { IsValueType: false } definition
                || !(definition.IsInterface ? context.Nodes.IsMarked(definition) : context.Nodes.IsConstructed(definition))
                || (argument is GenericInstanceType inner && !IsKept(inner)))
                return false;
        }

        return context.Resolver.Resolve(type) is { } open && context.Nodes.IsMarked(open);
    }

    /// <summary>A type with its generic parameters of one kind replaced.</summary>
    internal static TypeReference Substitute(TypeReference type, GenericParameterType kind, IList<TypeReference> arguments)
    {
        switch (type)
        {
            case GenericParameter parameter when parameter.Type == kind:
                return arguments[parameter.Position];
            case GenericInstanceType instance:
                var result = new GenericInstanceType(instance.ElementType);
                foreach (TypeReference argument in instance.GenericArguments)
                    result.GenericArguments.Add(Substitute(argument, kind, arguments));
                return result;
            default:
                return type;
        }
    }
}

/// <summary>What is to be instantiated though no code names it.</summary>
/// <param name="Implementations">Types, each with the constructor by which it is made.</param>
/// <param name="Elements">Types of which there are arrays.</param>
public sealed record Instantiations(IReadOnlyList<(GenericInstanceType Type, MethodDefinition Constructor)> Implementations, IReadOnlyList<TypeReference> Elements);
