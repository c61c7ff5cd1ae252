#!/bin/sh -eu
# Writes infra/reapi/*.pb.ts anew from the .proto files beside it. Needs npm's registry; run it from the repository's top.
out=$(mktemp -d)
template='{"version":"v2","plugins":[{"local":"protoc-gen-es","out":"'$out'","opt":["target=ts","import_extension=ts"]}]}'
npm exec --yes --package=@bufbuild/buf@1 --package=@bufbuild/protoc-gen-es@2.17.0 -- \
  buf generate --path infra/reapi --template "$template"
for file in "$out"/infra/reapi/*_pb.ts; do
  sed -e 's|\(from "\./[a-z-]*\)_pb\.ts"|\1.pb.ts"|' -e '/eslint-disable/d' "$file" \
    >"infra/reapi/$(basename "$file" _pb.ts).pb.ts"
done
rm -r "$out"
biome check --write --error-on-warnings infra/reapi
