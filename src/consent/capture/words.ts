/** Words to say aloud: short, common, and hard to take for one another. */
const LIST = `acorn almond amber anchor apple apron arrow autumn badger bagel bakery bamboo banjo banner barley basket beacon
beaver blanket blossom bottle boulder bracket branch breeze brick bridge bronze bucket buffalo butter button cabin cactus
camel candle canyon captain carbon carpet carrot castle cedar cello cherry chimney cinema circle citrus clover cobalt
coffee comet compass copper coral cotton crayon cricket crystal cushion dagger daisy dancer desert diamond dolphin domino
donkey dragon drawer eagle ember engine falcon feather fiddle finger flannel flute forest fossil fountain fox frost
galaxy garden garlic gazelle ginger giraffe glacier glider goblet gravel guitar hammer harbor harvest hazel helmet hermit
heron hockey honey hunter iceberg igloo indigo island ivory jacket jaguar jasmine jelly jigsaw jungle kayak kettle kitten
kiwi ladder lagoon lantern laser lemon leopard lettuce lilac lizard lobster locket lumber magnet mango maple marble
meadow melon mirror mitten monkey mosaic muffin mustard nectar needle nickel nutmeg oasis ocean olive onion opal orbit
orchid otter oyster paddle panda papaya parrot pebble pelican pencil pepper piano pigeon pillow planet plaza pocket pollen
pony poppy potato prairie puddle pumpkin puzzle quartz quilt rabbit radio raven ribbon river robin rocket saddle saffron
salmon sandal satin saturn scarf shadow shovel silver sparrow spider spinach spiral spoon squash statue summer sunset
swallow tablet teapot temple thistle thunder tiger timber tomato tractor trumpet tulip tundra turtle umbrella valley
vanilla velvet violin volcano wagon walnut walrus water willow window winter wizard yellow yogurt zebra zipper`;

/** All words. */
export const CHALLENGE_WORDS: readonly string[] = LIST.split(/\s+/);
